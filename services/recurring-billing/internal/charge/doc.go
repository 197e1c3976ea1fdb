// Package charge keeps one-off charges and credits.
//
//   - A charge stands on the next invoice of its bill-to and currency whose run is as of its date or
//     later. A negative amount is a credit.
//   - It is billed once. It can be changed and deleted until then.
//   - Discarding the draft that bills it, or voiding that invoice and releasing its periods, makes it
//     due again.
package charge
