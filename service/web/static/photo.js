// Photos made small enough for a weak link, on the phone.

const VIEWFINDER_RATIO = 3 / 4;

function fit(width, height, { long, short }) {
  const scale = Math.min(1, long / Math.max(width, height), short / Math.min(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}

/** The part of a picture, fitted into a size, on a canvas. */
export function draw(source, [left, top, width, height], size) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = fit(width, height, size);
  canvas.getContext("2d").drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function toJpeg(canvas, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/jpeg", quality);
  });
}

/** The first of the qualities that is small enough, else the last. */
export async function jpegWithin(canvas, qualities, bytes) {
  let blob;
  for (const quality of qualities) {
    blob = await toJpeg(canvas, quality);
    if (blob.size <= bytes) break;
  }
  return blob;
}

/** The part of the video that the viewfinder shows. */
export function shownPart({ videoWidth, videoHeight }) {
  const width = Math.min(videoWidth, videoHeight * VIEWFINDER_RATIO);
  const height = Math.min(videoHeight, videoWidth / VIEWFINDER_RATIO);
  return [(videoWidth - width) / 2, (videoHeight - height) / 2, width, height];
}

export function shoot(video, { size, quality }) {
  return toJpeg(draw(video, shownPart(video), size), quality);
}

/** A chosen file as a small upright JPEG. A browser that can't open it (HEIC) gives it as it is: the service can. */
export async function shrink(file, { size, quality }) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return await toJpeg(draw(image, [0, 0, image.naturalWidth, image.naturalHeight], size), quality);
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(url);
  }
}
