import { call, errorCode, signInAgain } from "./api.js";
import { Camera, cameraOffered } from "./camera.js";
import { Comparison } from "./compare.js";
import { offerDetails } from "./details.js";
import { offerDuty } from "./duty.js";
import { offerErasure } from "./erase.js";
import { Hints } from "./hints.js";
import { offerMoves } from "./moves.js";
import { announce, byId, complain, explain, listOf, momentOf, show, text } from "./page.js";
import { shoot, shrink } from "./photo.js";
import { showSetupLink } from "./setup_link.js";
import { inWords, Shots } from "./shots.js";
import { fetchUnits } from "./unit_choice.js";

const ENROLMENT_PHOTO = { size: { long: 1280, short: 960 }, quality: 0.9 };

const page = byId("employee");
const path = `/api/employees/${encodeURIComponent(page.dataset.nip)}`;
// What the photos are best of: another light or other glasses in each.
const GUIDED_SHOTS = 3;
const camera = new Camera(byId("video"), closeCamera);
const hints = new Hints(byId("video"));
const comparison = new Comparison(path, review);
const shots = new Shots(byId("photos"), review, () => comparison.forget());

let busy = null; // "comparing" or "saving"

async function load() {
  try {
    const employee = await call("GET", path);
    byId("name").textContent = employee.name;
    byId("erase-whom").textContent = `${employee.name} · NIP ${employee.nip}`;
    byId("state").textContent = text(employee.enrolled ? "enrolled" : "not_enrolled");
    byId("state").dataset.tone = employee.enrolled ? "good" : "wait";
    show(page);
    if ("own" in page.dataset) return;
    offerDetails(path, employee, ({ name }) => (byId("name").textContent = name));
    const units = await fetchUnits();
    await offerMoves(path, employee, units);
    await offerDuty(path, units);
  } catch (error) {
    if (error.status === 401) return signInAgain();
    complain(byId("problem"), explain(error));
  }
}

const recorded = () => "agreed" in byId("consent-given").dataset;
const hasConsent = () => recorded() || byId("consent").checked;

/** What still stands between this page and a saved enrolment. */
function review() {
  const photos = shots.photos.length;
  const comparable = !busy && hasConsent() && photos > shots.unfit && !shots.waiting;
  byId("photos-step").disabled = !hasConsent();
  byId("compare").disabled = !comparable;
  byId("save").disabled = !comparable || !comparison.isSettled;
  byId("shoot").disabled = shots.isFull;
  byId("files").disabled = shots.isFull;
  byId("shot-guide").textContent = text(photos < GUIDED_SHOTS ? `shot_${photos + 1}` : "shots_enough");
  byId("save-hint").textContent = hint(photos);
}

function hint(photos) {
  if (busy) return text(busy);
  if (!hasConsent()) return text("need_consent");
  if (photos === 0) return text("need_photo");
  if (shots.waiting) return text("checking");
  if (shots.unfit === photos) return text("need_better");
  if (!comparison.isDone) return text(shots.unfit ? "need_better" : "need_comparison");
  if (!comparison.found.may_be_saved) return text("not_to_be_saved");
  if (!comparison.isSettled) return text("need_ticks");
  return shots.isFull ? `${text("ready")} ${text("at_most")}` : text("ready");
}

async function openCamera() {
  show(byId("camera-problem"), false);
  try {
    show(byId("viewfinder"));
    await camera.open();
    showCamera(true);
    hints.start();
    byId("shoot").focus();
  } catch (error) {
    showCamera(false);
    byId("camera-problem").textContent = text(`camera_${error.kind || "missing"}`);
    show(byId("camera-problem"));
  }
}

function showCamera(open) {
  show(byId("viewfinder"), open);
  show(byId("shoot"), open);
  show(byId("close-camera"), open);
  show(byId("open-camera"), !open && cameraOffered());
}

function closeCamera() {
  hints.stop();
  camera.close();
  showCamera(false);
}

function formOfPhotos() {
  const form = new FormData();
  for (const photo of shots.photos) form.append("photos", photo, "photo.jpg");
  if (byId("consent").checked) form.append("consent", "true");
  return form;
}

/** Does the work with nothing else to be pressed meanwhile. */
async function during(what, work) {
  show(byId("refused"), false);
  busy = what;
  review();
  try {
    await work();
  } catch (error) {
    refuse(error);
  } finally {
    busy = null;
    review();
  }
}

const compare = () => during("comparing", async () => shots.judgeAll(await comparison.run(formOfPhotos())));

const save = () =>
  during("saving", async () => {
    const form = formOfPhotos();
    for (const nip of comparison.lookedAt) form.append("looked_at", nip);
    celebrate(await call("POST", `${path}/photos`, { form }));
  });

function celebrate(answer) {
  closeCamera();
  const skipped = answer.photos
    .filter((photo) => !photo.accepted)
    .map((photo) => text("skipped", { number: photo.index + 1, reasons: inWords(photo.problems).join(" ") }));
  byId("enrolled-text").textContent = text("saved", {
    name: byId("name").textContent,
    count: answer.template_photos,
  });
  byId("enrolled-skipped").replaceChildren(...listOf(skipped));
  show(byId("enrolled-skipped"), skipped.length > 0);
  byId("state").textContent = text("enrolled");
  byId("state").dataset.tone = "good";
  show(byId("enrolment"), false);
  show(byId("enrolled"));
  byId("enrolled").focus();
  shots.clear();
  comparison.forget();
}

function refuse(error) {
  const code = errorCode(error);
  if (error.status === 401) return signInAgain();
  // Somebody has been enrolled since the comparison.
  if (code === "looks_like_someone" || code === "looks_like_someone_outside") comparison.forget();
  if (code === "photos_refused") {
    shots.judgeAll(error.problem.photos);
    return complain(byId("refused"), [explain(error), ...inWords(error.problem.set_problems)].join(" "));
  }
  complain(byId("refused"), explain(error));
}

byId("consent").addEventListener("change", review);
byId("open-camera").addEventListener("click", openCamera);
byId("close-camera").addEventListener("click", () => {
  closeCamera();
  byId("open-camera").focus();
});

byId("shoot").addEventListener("click", async () => {
  shots.add(await shoot(camera.video, ENROLMENT_PHOTO));
  if (shots.isFull) closeCamera();
});

byId("files").addEventListener("change", async (event) => {
  for (const file of Array.from(event.target.files)) {
    if (shots.isFull) {
      announce(text("at_most"));
      break;
    }
    shots.add(await shrink(file, ENROLMENT_PHOTO));
  }
  event.target.value = "";
});

byId("enrolment").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
byId("compare").addEventListener("click", compare);

byId("more").addEventListener("click", () => {
  show(byId("enrolled"), false);
  show(byId("enrolment"));
  (recorded() ? byId("open-camera") : byId("consent")).focus();
});

byId("new-link").addEventListener("click", async () => {
  const lost = byId("lost-phone-sure"); // not there for an account without an authenticator app
  const json = { second_factor: Boolean(lost && lost.checked) };
  try {
    showSetupLink(await call("POST", `${path}/setup-link`, { json }));
    if (json.second_factor) byId("lost-phone").remove();
    byId("link").showModal();
  } catch (error) {
    complain(byId("problem"), explain(error));
  }
});

offerErasure(path, ({ pseudonym, removed, checkins, purged }) => {
  closeCamera();
  show(page, false);
  byId("erased-text").textContent = text("erased", { ...removed, checkins, pseudonym });
  show(byId("erased-traces"), !purged);
  show(byId("erased"));
  byId("erased").focus();
});

window.addEventListener("pagehide", () => camera.close());
showCamera(false);
if (recorded()) byId("agreed-on").textContent = text("agreed_on", { when: momentOf(byId("consent-given").dataset.agreed) });
review();
load();
