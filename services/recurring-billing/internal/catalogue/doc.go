// Package catalogue holds the resources that recurring lines refer to: items, bill-tos and master
// accounts.
//
//   - Numbers and codes are unique in a tenant. A number that the caller chooses is kept.
//   - A bill-to belongs to a customer. A master account is billed to a bill-to of its own customer.
//     If that bill-to changes, the lines receivable to the master account move with it.
//   - A retired item or master account stays where it is used, but no other line can take it.
package catalogue
