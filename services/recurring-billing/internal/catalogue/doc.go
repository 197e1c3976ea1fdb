// Package catalogue holds the resources that recurring lines refer to: items, bill-tos and master
// accounts.
//
//   - Numbers and codes are unique in a tenant. A number that the caller chooses is kept.
//   - Codes that differ only in case and trailing blanks are the same code. A reference may spell it
//     in any way; it is stored as the catalogue spells it. Names of resources are exact.
//   - A bill-to belongs to a customer. A master account is billed to a bill-to of its own customer.
//     If that bill-to changes, the lines receivable to the master account move with it.
//   - A retired item, bill-to or master account stays where it is used, but nothing else can take it.
//   - What nothing refers to can be deleted.
package catalogue
