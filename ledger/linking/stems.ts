/** Words that name the part of a credential and not whose it is. */
const PART_WORDS = new Set(
  'access key keys id ids secret secrets client clients app application tenant directory token session password passwd pass pwd user username login name sid auth account api value default env config credential credentials cred creds clientid clientsecret accesskey accesskeyid secretkey secretaccesskey sessiontoken tenantid appid appsecret accountsid authtoken apikey appkey accessid'.split(
    ' ',
  ),
)

/** Words that name the provider; left out at the second try, because people prefix one part and forget the other. */
const PROVIDER_WORDS = new Set(
  'aws amazon azure arm az entra aad microsoft oauth oauth2 oidc twilio datadog dd sumologic sumo alibaba aliyun tencent'.split(' '),
)

/** Characters of a name that are looked at; a longer name is cut. */
const NAME_CHARS_MAX = 512

/**
 * What is left of a name when the words for the part are taken away: `PAYMENTS_AZURE_CLIENT_ID` and `payments.azure.clientSecret` both leave `payments azure`.
 *
 * @param ignoreProvider leaves the provider's words out too
 */
export function stemOf(name: string, ignoreProvider: boolean): string {
  return name
    .slice(0, NAME_CHARS_MAX)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !PART_WORDS.has(word) && !(ignoreProvider && PROVIDER_WORDS.has(word)))
    .join(' ')
}
