package document

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// renamed holds countries for which the library, whose data is CLDR 32 of 2017, has former names.
var renamed = map[string]string{"MK": "North Macedonia", "SZ": "Eswatini"}

// countryOf returns the English name of an ISO 3166-1 alpha-2 code. Other text is returned
// unchanged.
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
