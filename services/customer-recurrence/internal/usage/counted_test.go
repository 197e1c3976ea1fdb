package usage

import (
	"testing"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// A day before today is counted where it was counted before the setting or the cycle changed, and no later one is.
func TestDaysStayInTheWindowThatWasCounted(t *testing.T) {
	parsed := func(text string) (w Window) {
		if err := w.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return w
	}
	key := recurrence.Key{Customer: "C", Recurrence: "R"}
	contract := func(cycle recurrence.Cycle, start string) recurrence.Recurrence {
		return recurrence.Recurrence{Customer: key.Customer, ID: key.Recurrence, Terms: recurrence.Terms{Cycle: cycle, StartDate: parsed(start + "/2100-01-01").Start}}
	}
	for name, c := range map[string]struct {
		windows   settings.Window
		contract  recurrence.Recurrence
		today     string
		counted   []string
		day, want string
	}{
		"months, then cycles":               {settings.OfCycle, contract(recurrence.Monthly, "2026-01-15"), "2026-12-01", []string{"2026-11-01"}, "2026-11-20", "2026-11-01"},
		"also after something was counted":  {settings.OfCycle, contract(recurrence.Monthly, "2026-01-15"), "2026-12-03", []string{"2026-11-01", "2026-11-15/2026-12-15"}, "2026-11-20", "2026-11-01"},
		"a day after the change":            {settings.OfCycle, contract(recurrence.Monthly, "2026-01-15"), "2026-12-03", []string{"2026-11-01", "2026-11-15/2026-12-15"}, "2026-12-02", "2026-11-15/2026-12-15"},
		"today":                             {settings.OfCycle, contract(recurrence.Monthly, "2026-01-15"), "2026-11-20", []string{"2026-11-01"}, "2026-11-20", "2026-11-15/2026-12-15"},
		"nothing counted":                   {settings.OfCycle, contract(recurrence.Monthly, "2026-01-15"), "2026-12-01", []string{"2026-10-01"}, "2026-11-20", "2026-11-15/2026-12-15"},
		"another cycle, before it":          {settings.OfCycle, contract(recurrence.Quarterly, "2026-03-10"), "2026-03-12", []string{"2026-02-15/2026-03-15"}, "2026-03-05", "2026-02-15/2026-03-15"},
		"another cycle, from its day on":    {settings.OfCycle, contract(recurrence.Quarterly, "2026-03-10"), "2026-03-12", []string{"2026-02-15/2026-03-15"}, "2026-03-11", "2026-03-10/2026-06-10"},
		"a start date that was corrected":   {settings.OfCycle, contract(recurrence.Monthly, "2026-01-20"), "2026-03-14", []string{"2026-02-15/2026-03-15"}, "2026-03-01", "2026-02-15/2026-03-15"},
		"cycles of a year, then months":     {settings.OfMonth, contract(recurrence.Annual, "2025-05-15"), "2026-11-20", []string{"2026-05-15/2027-05-15"}, "2026-11-17", "2026-05-15/2027-05-15"},
		"months later":                      {settings.OfMonth, contract(recurrence.Annual, "2025-05-15"), "2027-02-20", []string{"2026-05-15/2027-05-15", "2026-11-01"}, "2027-02-17", "2027-02-01"},
		"months, then cycles, then months":  {settings.OfMonth, contract(recurrence.Monthly, "2026-01-15"), "2026-11-20", []string{"2026-01-01", "2026-08-15/2026-09-15", "2026-11-01"}, "2026-08-20", "2026-08-15/2026-09-15"},
		"of two changes, the later windows": {settings.OfMonth, contract(recurrence.Monthly, "2026-01-20"), "2026-04-01", []string{"2025-05-15/2026-05-15", "2026-02-20/2026-03-20"}, "2026-03-01", "2026-02-20/2026-03-20"},
	} {
		p := placement{own: settings.Settings{UsageWindow: c.windows}, today: parsed(c.today + "/2100-01-01").Start, counted: map[recurrence.Key][]Window{}}
		for _, text := range c.counted {
			p.counted[key] = append(p.counted[key], parsed(text))
		}
		var day date.Date
		if err := day.UnmarshalText([]byte(c.day)); err != nil {
			t.Fatal(err)
		}
		if got := p.window(c.contract, day).String(); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

// Where the past of a recurrence is known, a day is counted by the cycle that it ended with. Of a cycle that another followed on its
// first day, that day shows what was counted, as no other does.
func TestDaysFollowTheCycleThatTheyEndedWith(t *testing.T) {
	day := func(text string) (d date.Date) {
		if err := d.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return d
	}
	terms := func(cycle recurrence.Cycle, start string) recurrence.Terms {
		return recurrence.Terms{Cycle: cycle, StartDate: day(start)}
	}
	for name, c := range map[string]struct {
		past    past
		today   string
		counted []string
		want    map[string]string
	}{
		"changed and changed back on a day": {
			past{{day("2026-03-11"), terms(recurrence.Annual, "2026-03-11")}, {day("2026-03-11"), terms(recurrence.Monthly, "2026-03-01")}},
			"2026-03-20", []string{"2026-03-01", "2026-03-11/2027-03-11"},
			map[string]string{"2026-03-10": "2026-03-01", "2026-03-11": "2026-03-11/2027-03-11", "2026-03-12": "2026-03-01"},
		},
		"changed on its first day, and back on the next": {
			past{{day("2026-03-02"), terms(recurrence.Quarterly, "2026-03-01")}, {day("2026-03-01"), terms(recurrence.Monthly, "2026-03-01")}},
			"2026-03-03", []string{"2026-03-01", "2026-03-01/2026-06-01"},
			map[string]string{"2026-03-01": "2026-03-01/2026-06-01", "2026-03-02": "2026-03-01"},
		},
	} {
		contract := recurrence.Recurrence{Customer: "C", ID: "R", Terms: terms(recurrence.Monthly, "2026-03-01")}
		p := placement{
			own: settings.Settings{UsageWindow: settings.OfCycle}, today: day(c.today),
			counted: map[recurrence.Key][]Window{}, past: map[recurrence.Key]past{contract.Key(): c.past},
		}
		for _, text := range c.counted {
			var window Window
			if err := window.UnmarshalText([]byte(text)); err != nil {
				t.Fatal(err)
			}
			p.counted[contract.Key()] = append(p.counted[contract.Key()], window)
		}
		for on, want := range c.want {
			if got := p.window(contract, day(on)).String(); got != want {
				t.Errorf("%s: %s is counted in %s, want %s", name, on, got, want)
			}
		}
	}
}
