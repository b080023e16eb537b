// The front camera, in a <video> on the page.

/** `kind` is "refused", "missing" or "busy": each needs other words. */
export class NoCamera extends Error {
  name = "NoCamera";

  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

const KINDS = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Only pages on https or on this machine get the API at all. */
export const cameraOffered = () => Boolean(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);

/** Whether the camera may be opened without the person being asked. */
export async function cameraGranted() {
  try {
    return (await navigator.permissions.query({ name: "camera" })).state === "granted";
  } catch {
    return false;
  }
}

// An iPhone mutes the picture while another app or a call has the camera, and may never give it back.
const MUTED_TOO_LONG_MS = 4000;
// Between two photos the camera stays open, so that nobody is asked for it twice; but not for ever.
const RESTS_FOR_MS = 60000;

export class Camera {
  /** `onLost` is called when the camera is taken away: unplugged, or by another app. */
  constructor(video, onLost = () => {}) {
    this.video = video;
    this.onLost = onLost;
    this.stream = null;
    this.opening = null;
    this.resting = undefined;
    this.muted = undefined;
  }

  get isOpen() {
    return this.stream !== null;
  }

  /** Asked twice, it still opens one camera. */
  open() {
    if (!this.opening) this.opening = this.start().finally(() => (this.opening = null));
    return this.opening;
  }

  async start() {
    clearTimeout(this.resting);
    if (this.isOpen) return this.video.play();
    if (!cameraOffered()) throw new NoCamera("missing");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch (error) {
      throw new NoCamera(KINDS[error.name] || "missing");
    }
    for (const track of this.stream.getTracks()) this.watch(track);
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  watch(track) {
    track.addEventListener("ended", () => this.lose());
    track.addEventListener("mute", () => (this.muted = setTimeout(() => this.lose(), MUTED_TOO_LONG_MS)));
    track.addEventListener("unmute", () => clearTimeout(this.muted));
  }

  lose() {
    this.close();
    this.onLost();
  }

  /** Until it is opened again, which then takes no time. */
  rest() {
    if (!this.isOpen) return;
    this.video.pause();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.close(), RESTS_FOR_MS);
  }

  close() {
    clearTimeout(this.resting);
    clearTimeout(this.muted);
    if (!this.stream) return;
    for (const track of this.stream.getTracks()) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
