// Package money holds exact amounts: a currency of ISO 4217, an amount of it with the decimal places of its minor unit, and
// sums of any number of amounts. A float never holds money. In the database and in the engine of package billing an amount is
// a whole number of minor units (cents); decimals stand at the edge.
package money
