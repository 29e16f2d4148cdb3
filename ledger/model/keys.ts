import type { ObjectRef } from '@mintmark/contract/scan'

/** Natural keys: the same thing has the same key in every scan, so history and links need no look-up. */

/** `<cluster>/<namespace>/<Kind>/<name>` */
export function deploymentKey(cluster: string, object: ObjectRef): string {
  return `${cluster}/${object.namespace}/${object.kind}/${object.name}`
}

/** `<cluster>/<namespace>/<Kind>/<name>#<path>#<field>#<line>:<column>#<rule>` */
export function occurrenceKey(
  cluster: string,
  object: ObjectRef,
  place: { readonly path: string; readonly field?: string | undefined; readonly line: number; readonly column: number; readonly rule: string },
): string {
  return `${deploymentKey(cluster, object)}#${place.path}#${place.field ?? ''}#${place.line}:${place.column}#${place.rule}`
}

/** `kubernetes:service-account:<cluster>/<namespace>/<name>` */
export function serviceAccountKey(cluster: string, namespace: string, name: string): string {
  return `kubernetes:service-account:${cluster}/${namespace}/${name}`
}

/** An IAM role or user is its ARN. */
export function awsPrincipalKey(arn: string): string {
  return `aws:iam:${arn}`
}

/** The principal that owns an access key; its ARN is known only after the account was read, the account often from the id itself. */
export function awsAccessKeyOwnerKey(accessKeyId: string): string {
  return `aws:access-key-owner:${accessKeyId}`
}

/** An Entra application is its client id, in lower case. */
export function entraApplicationKey(clientId: string): string {
  return `entra:application:${clientId.toLowerCase()}`
}

/** A Google service account is its e-mail address. */
export function gcpServiceAccountKey(email: string): string {
  return `gcp:service-account:${email.toLowerCase()}`
}

/** An account of a database or broker: `database:user:<scheme>://<user>@<host>`. */
export function databaseUserKey(scheme: string, user: string, host: string): string {
  return `database:user:${scheme}://${user}@${host.toLowerCase()}`
}

/** An account of a container registry. */
export function registryUserKey(registry: string, user: string): string {
  return `registry:user:${user}@${registry.toLowerCase()}`
}

/** A SPIFFE ID. */
export function spiffeIdKey(id: string): string {
  return `spiffe:${id}`
}

/** An account, client or user at any other issuer, known by the public id that stands beside its secret: `<issuer>:account:<id>`. */
export function issuerAccountKey(issuer: string, id: string): string {
  return `${issuer.toLowerCase().replaceAll(' ', '-')}:account:${id}`
}
