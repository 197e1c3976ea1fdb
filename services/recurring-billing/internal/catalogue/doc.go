// Package catalogue holds what recurring lines name: the items that they bill, the bill-tos that they are billed to, and the
// master accounts that they are receivable to.
//
//   - Numbers and codes are unique in a tenant. A number brought along from elsewhere is kept.
//   - A bill-to belongs to a customer. A master account is billed to a bill-to of its own customer; lines that are receivable
//     to it move with it when that changes.
//   - A retired item or master account stays where it is and is taken by no other line.
package catalogue
