// Package domain holds what customers have contracted: customers with their Mexican invoicing profile, packages,
// recurrences, and every change of a recurrence. It knows nothing of gRPC, HTTP or SQL, and the time comes from the
// clock it is given.
//
// # Invariants
//
//   - Everything belongs to one tenant; nothing of another tenant can be read, named or changed.
//   - A customer's id and GUID are each unique within the tenant and never change. Its tax ids are not unique: the
//     generic RFCs (XAXX010101000, XEXX010101000) stand for many.
//   - A recurrence belongs to one customer for ever; its id is unique within that customer.
//   - A recurrence holds no service_id twice. Its price and its transaction limits are not negative, and the price is
//     exactly what was asked for.
//   - A package or service that no catalogue lists is accepted, because the caller's own CRM owns the catalogue. Only a
//     package marked as enforced refuses services, and only when package or services are what is being asked for.
//   - A version starts at 1 and rises by one with each change; the etag is made of it. A request that changes nothing
//     leaves version and store alone, so repeating an update is harmless.
//   - Every change of a recurrence is kept as a Change, numbered by the version it made, with the difference by
//     service_id, in the transaction that makes it.
//   - A request that is refused changes nothing.
//   - A request that comes again with its idempotency key, within the day, is answered with the outcome it had and
//     changes nothing, whatever has happened since; an outcome without an effect is one too.
//
// Lengths of texts are counted in UTF-16 units, as the framework behind the vendor contract counts them.
package domain
