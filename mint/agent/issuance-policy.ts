/**
 * Follows the name of the policy that the server issues by. The first name changes nothing, nor does none:
 * a server that does not tell, or a stream that opens anew, is no reason to ask for everything again.
 *
 * @param onChange is called when another policy decides from now on
 */
export function followIssuancePolicy(onChange: () => void): (name: string) => void {
  let known = ''
  return (name) => {
    if (name === '' || name === known) return
    const isFirst = known === ''
    known = name
    if (!isFirst) onChange()
  }
}
