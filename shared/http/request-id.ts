/** The form of a request's id. Whatever has another one is no request, and nothing is read for it. */
export const REQUEST_ID = /^[0-9a-z-]{26,40}$/;
