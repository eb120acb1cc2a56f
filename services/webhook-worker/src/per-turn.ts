/**
 * One read for all that ask for the same thing in one turn of the event loop: deliveries come in batches, and those of one
 * caller all need its endpoint. Nobody is told anything older than its question, as the read begins in the same turn.
 */
export function perTurn<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (id) => {
    const answer = asked.get(id) ?? read(id);
    if (asked.size === 0) setImmediate(() => asked.clear());
    asked.set(id, answer);
    return answer;
  };
}
