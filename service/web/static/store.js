// What the phone keeps, the same in every tab and in the worker: check-ins, and facts such as the offline pass.

const NAME = "hadir";
const VERSION = 1;
const STORES = ["items", "facts"];
let opening = null;

function open() {
  if (opening) return opening;
  opening = new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("items", { keyPath: "id" });
      request.result.createObjectStore("facts", { keyPath: "name" });
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = () => db.close();
      db.onclose = () => (opening = null);
      resolve(db);
    };
  });
  opening.catch(() => (opening = null));
  return opening;
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const stored = (store) => ({
  get: (key) => done(store.get(key)),
  all: () => done(store.getAll()),
  put: (value) => done(store.put(value)),
  delete: (key) => done(store.delete(key)),
});

/** All of `work({ items, facts })` or nothing of it. It may wait for the stores, and for nothing else. */
async function run(mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    // Said to be kept only when it is on the disk: the phone may be switched off at once.
    const transaction = db.transaction(STORES, mode, { durability: "strict" });
    let result;
    let failure = null;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(failure || transaction.error);
    const [items, facts] = STORES.map((name) => stored(transaction.objectStore(name)));
    work({ items, facts }).then(
      (value) => (result = value),
      (error) => {
        failure = error;
        try {
          transaction.abort();
        } catch {
          reject(error); // it has ended by itself, for want of room
        }
      },
    );
  });
}

export const read = (work) => run("readonly", work);
export const change = (work) => run("readwrite", work);
