package cfdi

import "github.com/continuo-billing/continuo/services/platform/date"

// since is the first day of the catalogues of CFDI 4.0.
var since = date.MustNew(2022, 1, 1)

func entry(name string, forWhom Person, regimes ...string) Code {
	return Code{Name: name, For: forWhom, Regimes: regimes, From: since}
}

// Regimes is c_RegimenFiscal.
var Regimes = map[string]Code{
	"601": entry("general, companies", Company), "603": entry("non-profit", Company), "605": entry("wages", Natural),
	"606": entry("leasing", Natural), "607": entry("sale or purchase of goods", Natural), "608": entry("other income", Natural),
	"610": entry("foreign residents", anyone), "611": entry("dividends", Natural), "612": entry("business and professional", Natural),
	"614": entry("interest", Natural), "615": entry("prizes", Natural), "616": entry("no tax obligations", Natural),
	"620": entry("production cooperatives", Company), "621": entry("fiscal incorporation", Natural), "622": entry("farming, fishing", Company),
	"623": entry("optional for groups", Company), "624": entry("coordinated", Company), "625": entry("technology platforms", Natural),
	"626": entry("simplified (RESICO)", anyone),
}

// The regimes that groups of uses go with.
var (
	business  = []string{"601", "603", "606", "612", "620", "621", "622", "623", "624", "625", "626"}
	returns   = append([]string{"616"}, business...)
	deduction = []string{"605", "606", "607", "608", "611", "612", "614", "615", "625"}
)

// Uses is c_UsoCFDI.
var Uses = map[string]Code{
	"G01": entry("goods", anyone, business...), "G02": entry("returns, discounts", anyone, returns...), "G03": entry("general expenses", anyone, business...),
	"I01": entry("buildings", anyone, business...), "I02": entry("furniture", anyone, business...), "I03": entry("transport", anyone, business...),
	"I04": entry("computers", anyone, business...), "I05": entry("dies and tools", anyone, business...), "I06": entry("telephone", anyone, business...),
	"I07": entry("satellite", anyone, business...), "I08": entry("other machinery", anyone, business...),
	"D01": entry("medical", Natural, deduction...), "D02": entry("disability", Natural, deduction...), "D03": entry("funeral", Natural, deduction...),
	"D04": entry("donations", Natural, deduction...), "D05": entry("mortgage interest", Natural, deduction...), "D06": entry("SAR", Natural, deduction...),
	"D07": entry("health insurance", Natural, deduction...), "D08": entry("school transport", Natural, deduction...),
	"D09": entry("savings and pensions", Natural, deduction...), "D10": entry("tuition", Natural, deduction...),
	"S01": entry("no tax effect", anyone), "CP01": entry("payments", anyone), "CN01": entry("payroll", Natural, "605"),
}

// Ways is c_FormaPago.
var Ways = map[string]Code{
	"01": entry("cash", anyone), "02": entry("cheque", anyone), "03": entry("transfer", anyone), "04": entry("credit card", anyone),
	"05": entry("e-wallet", anyone), "06": entry("electronic money", anyone), "08": entry("vouchers", anyone), "12": entry("giving in payment", anyone),
	"13": entry("subrogation", anyone), "14": entry("consignment", anyone), "15": entry("remission", anyone), "17": entry("set-off", anyone),
	"23": entry("novation", anyone), "24": entry("merger", anyone), "25": entry("debt release", anyone), "26": entry("prescription", anyone),
	"27": entry("creditor's satisfaction", anyone), "28": entry("debit card", anyone), "29": entry("service card", anyone),
	"30": entry("application of advances", anyone), "31": entry("payment intermediary", anyone), "99": entry("to be defined", anyone),
}

// Methods is c_MetodoPago.
var Methods = map[string]Code{"PUE": entry("one payment", anyone), "PPD": entry("instalments or deferred", anyone)}

// entry33 returns an entry of a catalogue of CFDI 3.3, with the last day on which it counts, if there is one.
func entry33(name string, forWhom Person, from, until date.Date) Code {
	return Code{Name: name, For: forWhom, From: from, Until: until}
}

// since33 is the first day of the catalogues of CFDI 3.3.
var since33 = date.MustNew(2016, 11, 12)

// Uses33 is c_UsoCFDI of CFDI 3.3: that of 4.0 without S01, CP01 and CN01, with P01, and for any regime.
var Uses33 = uses33()

func uses33() map[string]Code {
	uses := map[string]Code{"P01": entry33("to be defined", anyone, since33, date.MustNew(2022, 4, 30))}
	for code, use := range Uses {
		if code != "S01" && code != "CP01" && code != "CN01" {
			uses[code] = entry33(use.Name, use.For, since33, date.Date{})
		}
	}
	return uses
}

// Regimes33 is c_RegimenFiscal of CFDI 3.3: that of 4.0 and four more. It is for anyone, as an invoice of
// 3.3 held the regime of who issued it.
var Regimes33 = regimes33()

func regimes33() map[string]Code {
	later := date.MustNew(2024, 1, 1)
	regimes := map[string]Code{
		"609": entry33("consolidation", anyone, since33, date.MustNew(2019, 12, 31)), "628": entry33("hydrocarbons", anyone, later, date.Date{}),
		"629": entry33("preferential regimes, multinational companies", anyone, later, date.Date{}),
		"630": entry33("shares sold on a stock exchange", anyone, later, date.Date{}),
	}
	for code, regime := range Regimes {
		regimes[code] = entry33(regime.Name, anyone, since33, date.Date{})
	}
	return regimes
}
