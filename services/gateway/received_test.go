package gateway

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// received is a response, with its text as UTF-8.
type received struct {
	status      int
	header      http.Header
	contentType string
	text        string
}

// send sends a request without normalizing its path.
func send(t testing.TB, method, target string, header http.Header, body string) received {
	t.Helper()
	parsed, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	request := (&http.Request{
		Method: method, URL: parsed, Host: parsed.Host, Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}).WithContext(t.Context())
	if body == "" {
		request.Body = http.NoBody
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := received{answer.StatusCode, answer.Header, answer.Header.Get("Content-Type"), string(text)}
	if strings.Contains(got.contentType, "utf-16") {
		got.text = fromUTF16(text)
	}
	return got
}

func fromUTF16(text []byte) string {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = uint16(text[2*i]) | uint16(text[2*i+1])<<8
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\uFEFF")
}

func (r received) isXML() bool { return strings.Contains(r.contentType, "xml") }

func (r received) checkWellFormed(t *testing.T) {
	t.Helper()
	if r.isXML() {
		decoder := xml.NewDecoder(strings.NewReader(r.text))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				return
			} else if err != nil {
				t.Fatalf("not well-formed XML: %v\n%s", err, r.text)
			}
		}
	}
	if !json.Valid([]byte(r.text)) {
		t.Errorf("not well-formed JSON: %s", r.text)
	}
}

// checkShape checks that an error has the format of its vendor.
func (r received) checkShape(t *testing.T, contract string) {
	t.Helper()
	r.checkWellFormed(t)
	marks := map[string][2]string{
		"sedona":   {`{"Message":`, "<Error><Message>"},
		"dynamics": {`{"success":false,"message":"`, "<success>false</success><message>"},
		"":         {`{"Message":`, "<Error><Message>"},
	}[contract]
	mark := marks[0]
	if r.isXML() {
		mark = marks[1]
	}
	if !strings.Contains(r.text, mark) {
		t.Errorf("%s does not have the format of %s", r.text, contract)
	}
}

// frameworkError is an error of the framework: its message, and the model state with keys in lower
// case.
type frameworkError struct {
	message    string
	modelState map[string][]string
}

const anErrorOccurred = "An error has occurred."

func (r received) frameworkError(t *testing.T) frameworkError {
	t.Helper()
	parsed := frameworkError{}
	if r.isXML() {
		var document struct {
			XMLName    xml.Name `xml:"Error"`
			Message    string
			ModelState *struct {
				Keys []struct {
					XMLName xml.Name
					Text    string `xml:",chardata"`
				} `xml:",any"`
			}
		}
		if err := xml.Unmarshal([]byte(r.text), &document); err != nil {
			t.Fatalf("%s: %v", r.text, err)
		}
		parsed.message = document.Message
		if document.ModelState != nil {
			parsed.modelState = map[string][]string{}
			for _, key := range document.ModelState.Keys {
				parsed.modelState[strings.ToLower(key.XMLName.Local)] = []string{key.Text}
			}
		}
		return parsed
	}
	var document struct {
		Message    string
		ModelState map[string][]string
	}
	decoder := json.NewDecoder(strings.NewReader(r.text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("%s: %v", r.text, err)
	}
	parsed.message = document.Message
	if document.ModelState != nil {
		parsed.modelState = map[string][]string{}
		for key, messages := range document.ModelState {
			parsed.modelState[strings.ToLower(key)] = messages
		}
	}
	return parsed
}

// compareErrors compares errors exactly, except where the framework's deserializer gives no
// details.
func compareErrors(t *testing.T, got, want frameworkError) {
	t.Helper()
	if got.message != want.message {
		t.Errorf("got message %q, want %q", got.message, want.message)
	}
	if (got.modelState == nil) != (want.modelState == nil) {
		t.Errorf("got model state %v, want %v", got.modelState, want.modelState)
		return
	}
	for _, messages := range want.modelState {
		if slices.Contains(messages, anErrorOccurred) {
			return
		}
	}
	if !maps.EqualFunc(got.modelState, want.modelState, slices.Equal) {
		t.Errorf("got model state %v, want %v", got.modelState, want.modelState)
	}
}
