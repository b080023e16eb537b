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

export class Camera {
  /** `onLost` is called when the camera is taken away: unplugged, or by another app. */
  constructor(video, onLost = () => {}) {
    this.video = video;
    this.onLost = onLost;
    this.stream = null;
    this.opening = null;
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
    if (this.isOpen) return;
    if (!cameraOffered()) throw new NoCamera("missing");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch (error) {
      throw new NoCamera(KINDS[error.name] || "missing");
    }
    for (const track of this.stream.getTracks()) track.addEventListener("ended", () => this.lose());
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  lose() {
    this.close();
    this.onLost();
  }

  close() {
    if (!this.stream) return;
    for (const track of this.stream.getTracks()) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
