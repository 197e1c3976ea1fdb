package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// recorded is a recorded case, restricted to what a codec without HTTP can check.
type recorded struct {
	Name     string
	Contract string
	Request  struct {
		Headers map[string]string
		Body    *string
		Encoded string `json:"body_base64"`
	}
	Outcome     string
	Status      int
	Body        *string
	Bound       string
	AlsoAllowed []string `json:"also_allowed"`
	AlsoBound   string   `json:"also_bound"`
}

// caseDirs returns the directories of recorded cases: the gateway's own and WIRE_CASES_DIR, if set.
func caseDirs() []string {
	dirs := []string{filepath.Join("..", "..", "testdata", "wire")}
	if extra := os.Getenv("WIRE_CASES_DIR"); extra != "" {
		dirs = append(dirs, extra)
	}
	return dirs
}

func readCases(t testing.TB) []recorded {
	t.Helper()
	var all []recorded
	for _, dir := range caseDirs() {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no recorded cases in %s (%v)", dir, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []recorded
			if err := json.Unmarshal(text, &cases); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, cases...)
		}
	}
	return all
}

func TestRecordedCases(t *testing.T) {
	ran := 0
	for _, c := range readCases(t) {
		if strings.HasPrefix(c.Name, "route/") || c.Outcome == "" || c.Contract == "" || c.Status == 415 {
			continue
		}
		ran++
		t.Run(c.Name, func(t *testing.T) { checkCase(t, c) })
	}
	if ran < 100 {
		t.Errorf("only %d cases ran", ran)
	}
}

func checkCase(t *testing.T, c recorded) {
	body, err := base64.StdEncoding.DecodeString(c.Request.Encoded)
	if err != nil {
		t.Fatal(err)
	}
	if c.Request.Body != nil {
		body = []byte(*c.Request.Body)
	}
	media, params, err := mime.ParseMediaType(c.Request.Headers["Content-Type"])
	if err != nil {
		t.Fatal(err)
	}
	format := map[string]wire.Format{
		"application/json": wire.JSON, "text/json": wire.JSON, "application/xml": wire.XML, "text/xml": wire.XML,
		"application/x-www-form-urlencoded": wire.Form,
	}[media]
	var model proto.Message = &sedonav1.CustomerRecurringUpdate{}
	if c.Contract == "dynamics" {
		model = &dynamicsv1.UpgradeDowngrade{}
	}
	text, err := wire.ToUTF8(body, params["charset"])
	if err == nil {
		err = wire.Read(format, text, wire.DefaultLimits, model)
	}
	checkOutcome(t, c, format, model, err)
}

func checkOutcome(t *testing.T, c recorded, format wire.Format, model proto.Message, err error) {
	var invalid *wire.ModelError
	outcome := "bound"
	switch {
	case errors.As(err, &invalid):
		outcome = "rejected"
	case errors.Is(err, wire.ErrNoModel):
		outcome = "no_body"
	case err != nil:
		t.Fatal(err)
	}
	if outcome != c.Outcome && slices.Contains(c.AlsoAllowed, outcome) {
		return
	}
	if outcome != c.Outcome {
		t.Fatalf("got outcome %s, want %s (%v)", outcome, c.Outcome, err)
	}
	switch outcome {
	case "bound":
		checkBound(t, c, format, model)
	case "rejected":
		checkModelState(t, c, invalid)
	}
}

func checkBound(t *testing.T, c recorded, format wire.Format, model proto.Message) {
	text, err := wire.Append(nil, wire.JSON, model)
	if err != nil {
		t.Fatal(err)
	}
	got := decode(t, string(text))
	if !same(got, decode(t, c.Bound), format) && (c.AlsoBound == "" || !same(got, decode(t, c.AlsoBound), format)) {
		t.Errorf("got\n %s, want\n %s", text, c.Bound)
	}
}

func decode(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// same compares models. Numbers are compared as exact decimals, a null item equals an empty one, and in XML an absent list
// equals an empty one.
func same(got, want any, format wire.Format) bool {
	switch want := want.(type) {
	case json.Number:
		number, ok := got.(json.Number)
		if !ok {
			return false
		}
		a, okA := new(big.Rat).SetString(number.String())
		b, okB := new(big.Rat).SetString(want.String())
		return okA && okB && a.Cmp(b) == 0
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || len(members) != len(want) {
			return false
		}
		for name, value := range want {
			if !same(members[name], value, format) {
				return false
			}
		}
		return true
	case []any:
		items, ok := got.([]any)
		if got == nil && len(want) == 0 {
			return format == wire.XML
		}
		if !ok || len(items) != len(want) {
			return false
		}
		for i := range want {
			if want[i] != nil && !same(items[i], want[i], format) {
				return false
			}
		}
		return true
	default:
		return got == want
	}
}

// checkModelState compares messages and keys, except where the framework gives no details.
func checkModelState(t *testing.T, c recorded, got *wire.ModelError) {
	if c.Body == nil || strings.Contains(*c.Body, "An error has occurred.") || !strings.HasPrefix(*c.Body, "{") {
		return
	}
	var want struct{ ModelState map[string][]string }
	if err := json.Unmarshal([]byte(*c.Body), &want); err != nil {
		t.Fatal(err)
	}
	state := map[string][]string{}
	for _, field := range got.Fields {
		state[field.Key] = field.Messages
	}
	for key, messages := range want.ModelState {
		if !slices.Equal(state[key], messages) {
			t.Errorf("%s: got %q, want %q", key, state[key], messages)
		}
	}
	if len(state) != len(want.ModelState) {
		t.Errorf("got ModelState %q, want %q", state, want.ModelState)
	}
}
