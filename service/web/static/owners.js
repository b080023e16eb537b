// Whose a stored check-in is decides how it goes: an account's by its session, a kiosk's by the tablet's token.

const KIOSK = "kiosk:";

export const isKiosk = (owner) => owner.startsWith(KIOSK);

export const itemAddress = (owner) => (isKiosk(owner) ? "/api/kiosk/checkins/sealed" : "/api/checkins/sealed");

export const passAddress = (owner) => (isKiosk(owner) ? "/api/kiosk/offline-pass" : "/api/offline-pass");
