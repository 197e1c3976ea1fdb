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
