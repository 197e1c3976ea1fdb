package document

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// renamed are the countries that the library calls by former names: its table is CLDR 32 of 2017.
var renamed = map[string]string{"MK": "North Macedonia", "SZ": "Eswatini"}

// countryOf returns the English name of a country, by its ISO 3166-1 code of two letters. What is none stays as it is.
func countryOf(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return code
	}
	if name, changed := renamed[region.String()]; changed {
		return name
	}
	return display.English.Regions().Name(region)
}
