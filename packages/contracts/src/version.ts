/** The release, as package.json of the root has it (a test holds them together): `info.version` of the OpenAPI document. */
export const VERSION = '0.1.0';
