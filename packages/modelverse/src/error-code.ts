/** The `code` of a network or undici error, else its name: undici 8.12's HTTPParserError has lost its code. */
export function errorCode(error: Error): string {
  return String((error as NodeJS.ErrnoException).code ?? error.name);
}
