// Package money holds exact amounts of money in ISO 4217 currencies, and sums of any number of
// them. Money is never a float. The database and package billing use whole minor units (cents);
// decimals are used only at the API.
package money
