package aip_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

func is(field string, value any) listing.Compare {
	return listing.Compare{Field: field, Op: listing.Equal, Value: value}
}

func compared(field string, op listing.Op, value any) listing.Compare {
	return listing.Compare{Field: field, Op: op, Value: value}
}

func TestFilterParsesConditions(t *testing.T) {
	for filter, want := range map[string]listing.Condition{
		"":                                     nil,
		" \n ":                                 nil,
		`customer_id = 7`:                      is("customer_id", int64(7)),
		`customer_id=-7`:                       is("customer_id", int64(-7)),
		`customer_id != 0`:                     compared("customer_id", listing.NotEqual, int64(0)),
		`customer_id:7`:                        is("customer_id", int64(7)),
		`customer_id:*`:                        listing.Present{Field: "customer_id"},
		`description = "a \"b\" c*"`:           is("description", `a "b" c*`),
		`description = 'it\'s'`:                is("description", "it's"),
		`description < "m"`:                    compared("description", listing.Less, "m"),
		`description = word`:                   is("description", "word"),
		`description:"Acme*"`:                  listing.Prefix{Field: "description", Prefix: "Acme"},
		`description:Acme`:                     is("description", "Acme"),
		`address.city:*`:                       listing.Present{Field: "address.city"},
		`open`:                                 is("open", true),
		`open = false`:                         is("open", false),
		`-open`:                                listing.Not{Condition: is("open", true)},
		`NOT (open = true)`:                    listing.Not{Condition: is("open", true)},
		`next_cycle_date <= "2026-02-28"`:      compared("next_cycle_date", listing.LessEqual, "2026-02-28"),
		`create_time > "2026-02-28T01:00:00Z"`: compared("create_time", listing.Greater, int64(1772240400000000)),
		`create_time >= "2026-02-28T00:00:00.000001+01:00"`: compared("create_time", listing.GreaterEqual, int64(1772233200000001)),
		`state = STATE_DRAFT`:                               is("state", "DRAFT"),
		`state != "STATE_VOID"`:                             compared("state", listing.NotEqual, "VOID"),
		`customer = "customers/C-1"`:                        is("customer", "C-1"),
		"customer = \"customers/e\u0301\"":                  is("customer", "é"),
		`bill_to = "billTos/12"`:                            is("bill_to", int64(12)),
		`open AND customer_id = 1 AND customer_id = 2`:      listing.And{is("open", true), is("customer_id", int64(1)), is("customer_id", int64(2))},
		`open AND customer_id = 1 OR customer_id = 2`:       listing.And{is("open", true), listing.Or{is("customer_id", int64(1)), is("customer_id", int64(2))}},
		`(open AND customer_id = 1) OR customer_id = 2`: listing.Or{
			listing.And{is("open", true), is("customer_id", int64(1))}, is("customer_id", int64(2)),
		},
		`open = true AND next_cycle_date <= "2026-02-28"`: listing.And{is("open", true), compared("next_cycle_date", listing.LessEqual, "2026-02-28")},
	} {
		if got, err := aip.Filter(lines, filter); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v, want %#v", filter, got, err, want)
		}
	}
}

func TestFilterRejectsInvalidFilters(t *testing.T) {
	nested := strings.Repeat("NOT (", 25) + "open" + strings.Repeat(")", 25)
	for filter, want := range map[string]string{
		`colour = "red"`:                        `at character 1: "colour" is not a field that this list can be filtered by; these are: address.city, bill_to,`,
		`secret = "x"`:                          `at character 1: "secret" is not a field`,
		` ñ = 1`:                                `at character 2: "ñ" is not a field`,
		`address.street = "x"`:                  `"address.street" is not a field`,
		`open AND customer_id = "7"`:            `at character 24: customer_id must be compared with a whole number`,
		`customer_id = 07`:                      `at character 15: customer_id must be compared with a whole number`,
		`customer_id = -07`:                     `at character 15: customer_id must be compared with a whole number`,
		`customer_id = 7.5`:                     `at character 15: customer_id must be compared with a whole number`,
		`customer_id = 99999999999999999999`:    `at character 15:`,
		`description = "ñé" AND open = 1`:       `at character 31: open must be compared with true or false`,
		`description = 7`:                       `description must be compared with a text in quotes`,
		`description = "\x00"`:                  `at character 15: a text must be valid UTF-8 without U+0000`,
		`description:"\x00*"`:                   `a text must be valid UTF-8`,
		`next_cycle_date = "2026-02-30"`:        `next_cycle_date must be compared with a date like "2026-02-28"`,
		`next_cycle_date = 2026-02-28`:          `at character 23: unexpected trailing token -`,
		`create_time > "2026-02-28"`:            `create_time must be compared with an instant like`,
		`state = STATE_PAID`:                    `at character 9: state must be one of STATE_DRAFT, STATE_VOID`,
		`state > STATE_DRAFT`:                   `at character 1: state can be compared by = and != only`,
		`open < true`:                           `open can be compared by = and != only`,
		`customer > "customers/C-1"`:            `customer can be compared by = and != only`,
		`customer = "C-1"`:                      `at character 12: customer must be a name like customers/C-1`,
		`customer = 5`:                          `customer must be compared with a text in quotes`,
		`bill_to = "billTos/x"`:                 `bill_to must be a name like billTos/1`,
		`customer:"customers/C*"`:               `customer cannot be compared by prefix; * must stand alone`,
		`customer_id:"7*"`:                      `customer_id cannot be compared by prefix`,
		`customer_id`:                           `at character 1: customer_id must be compared with a value`,
		`"open"`:                                `a comparison must begin with a field`,
		`7 = customer_id`:                       `a comparison must begin with a field`,
		`open customer_id = 1`:                  `at character 6: conditions need AND or OR between them`,
		`open AND`:                              `at character 5:`,
		`customer_id = (1 OR 2)`:                `at character 16: customer_id must be compared with a whole number`,
		`open = `:                               `at character 7: ends too early; a filter is like`,
		`(open`:                                 `at character 6:`,
		`open)`:                                 `at character 5: unexpected trailing token )`,
		`description = "open`:                   `unterminated string`,
		"description = \"\xff\"":                `invalid UTF-8`,
		`lower(description) = "x"`:              `at character 1: a comparison must begin with a field`,
		`AND(open, open, open)`:                 `unknown function "AND"`,
		`NOT(open, open)`:                       `unknown function "NOT"`,
		`any(open)`:                             `unknown function "any"`,
		`customer_id = customer_id`:             `customer_id must be compared with a whole number`,
		nested:                                  `more than 20 levels of parentheses and NOT`,
		strings.Repeat("open OR ", 60) + "open": `at character 401: more than 50 comparisons`,
		strings.Repeat("a", 4001):               `must have at most 4000 characters`,
	} {
		got, err := aip.Filter(lines, filter)
		refused, ok := fault.As(err)
		if !ok || len(refused.Violations) == 0 {
			t.Errorf("%s: got %#v, %v, want an error", filter, got, err)
			continue
		}
		v := refused.Violations[0]
		if !errors.Is(err, fault.Invalid) || v.Field != "filter" || v.Reason != "INVALID_FILTER" || !strings.Contains(v.Description, want) {
			t.Errorf("%s: got %+v, want %s", filter, v, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`open AND (customer_id = 7 OR NOT description:"Acme*")`, `create_time > "2026-02-28T01:00:00Z"`, `-address.city:*`,
		`state = STATE_DRAFT AND customer = "customers/C-1"`, `f(f((f(open))))`, `a.b.c."d".1 = 0x1F`, "\"\\u00", `((((`, "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		condition, err := aip.Filter(lines, filter)
		if err != nil {
			refused, ok := fault.As(err)
			if !ok || refused.Kind != fault.Invalid || !utf8.ValidString(refused.Message) {
				t.Errorf("%q: %v", filter, err)
			}
			return
		}
		if (condition == nil) != (strings.TrimSpace(filter) == "") {
			t.Errorf("%q: got %#v", filter, condition)
		}
		checkKinds(t, condition)
	})
}

// checkKinds fails if a condition compares a field with a value of another kind.
func checkKinds(t *testing.T, condition listing.Condition) {
	t.Helper()
	switch c := condition.(type) {
	case listing.And:
		for _, part := range c {
			checkKinds(t, part)
		}
	case listing.Or:
		for _, part := range c {
			checkKinds(t, part)
		}
	case listing.Not:
		checkKinds(t, c.Condition)
	case listing.Compare:
		if field := lines.Fields[c.Field]; !field.Filter || !field.Kind.Holds(c.Value) {
			t.Errorf("%#v", c)
		}
	}
}
