import { call, errorCode, signInAgain } from "./api.js";
import { Camera, cameraOffered } from "./camera.js";
import { offerDetails } from "./details.js";
import { offerDuty } from "./duty.js";
import { offerErasure } from "./erase.js";
import { offerMoves } from "./moves.js";
import { announce, byId, complain, explain, listOf, number, show, text } from "./page.js";
import { shoot, shrink } from "./photo.js";
import { showSetupLink } from "./setup_link.js";
import { inWords, Shots } from "./shots.js";
import { fetchUnits } from "./unit_choice.js";

const ENROLMENT_PHOTO = { size: { long: 1280, short: 960 }, quality: 0.9 };

const page = byId("employee");
const path = `/api/employees/${encodeURIComponent(page.dataset.nip)}`;
const camera = new Camera(byId("video"));
const shots = new Shots(byId("photos"), review);

let saving = false;

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

/** What still stands between this page and a saved enrolment. */
function review() {
  const consent = byId("consent").checked;
  const photos = shots.photos.length;
  byId("photos-step").disabled = !consent;
  byId("save").disabled = saving || !consent || photos === 0 || shots.waiting || shots.unfit === photos;
  byId("shoot").disabled = shots.isFull;
  byId("files").disabled = shots.isFull;
  byId("save-hint").textContent = hint(consent, photos);
}

function hint(consent, photos) {
  if (saving) return text("saving");
  if (!consent) return text("need_consent");
  if (photos === 0) return text("need_photo");
  if (shots.waiting) return text("checking");
  if (shots.unfit) return text("need_better");
  return shots.isFull ? `${text("ready")} ${text("at_most")}` : text("ready");
}

async function openCamera() {
  show(byId("camera-problem"), false);
  try {
    show(byId("viewfinder"));
    await camera.open();
    showCamera(true);
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
  camera.close();
  showCamera(false);
}

async function save(confirmDuplicate) {
  const form = new FormData();
  for (const photo of shots.photos) form.append("photos", photo, "photo.jpg");
  form.append("consent", "true");
  form.append("confirm_duplicate", String(confirmDuplicate));
  show(byId("refused"), false);
  saving = true;
  review();
  try {
    celebrate(await call("POST", `${path}/photos`, { form }));
  } catch (error) {
    refuse(error);
  } finally {
    saving = false;
    review();
  }
}

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
}

function refuse(error) {
  const code = errorCode(error);
  if (error.status === 401) return signInAgain();
  if (code === "looks_like_someone") return askAbout(error.problem.lookalikes);
  if (code === "looks_like_someone_outside") return askAbout(error.problem.lookalikes, true);
  if (code === "photos_refused") {
    shots.judgeAll(error.problem.photos);
    return complain(byId("refused"), [explain(error), ...inWords(error.problem.set_problems)].join(" "));
  }
  complain(byId("refused"), explain(error));
}

/** `outside`: one of them is nobody that this account may see, so that it can't confirm. */
function askAbout(lookalikes, outside = false) {
  const people = lookalikes.map(({ nip, name, similarity }) => {
    const who = nip === null ? text("somebody_outside") : `${name} · NIP ${nip}`;
    return `${who} · ${text("similarity", { value: number(similarity, 2) })}`;
  });
  byId("lookalikes").replaceChildren(...listOf(people));
  show(byId("two-people"), !outside);
  show(byId("outside"), outside);
  show(byId("confirm-two"), !outside);
  byId("lookalike").showModal();
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
  save(false);
});

byId("confirm-two").addEventListener("click", () => {
  byId("lookalike").close();
  save(true);
});

byId("more").addEventListener("click", () => {
  show(byId("enrolled"), false);
  show(byId("enrolment"));
  byId("consent").focus();
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
review();
load();
