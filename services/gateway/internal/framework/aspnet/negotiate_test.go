package aspnet_test

import (
	"net/http"
	"testing"

	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
)

func TestNegotiate(t *testing.T) {
	for _, test := range []struct{ accept, sent, want string }{
		{"", "", "application/json"},
		{"", "application/json", "application/json"},
		{"", "text/json", "text/json"},
		{"", "application/xml", "application/xml"},
		{"", "text/xml; charset=utf-8", "text/xml"},
		{"", "application/x-www-form-urlencoded", "application/json"},
		{"", "application/soap+xml", "application/json"},
		{"application/xml", "application/json", "application/xml"},
		{"APPLICATION/XML", "", "application/xml"},
		{"text/xml", "", "text/xml"},
		{"text/json", "application/xml", "text/json"},
		{"application/xml;charset=utf-8;v=1", "", "application/xml"},
		{"application/xml, application/json", "", "application/json"},
		{"application/xml, application/json;q=0.9", "", "application/xml"},
		{"application/xml;q=0.2, application/json;q=0.3", "", "application/json"},
		{"application/xml;q=0, application/json;q=0", "application/xml", "application/xml"},
		{"application/json;q=0, */*", "", "application/json"},
		{"application/xml, */*", "", "application/xml"},
		{"*/*, application/xml", "", "application/xml"},
		{"application/xml;q=0.5, */*", "", "application/json"},
		{"text/*", "", "text/json"},
		{"text/*, application/xml", "", "application/xml"},
		{"text/*;q=0.9, */*;q=0.1", "", "text/json"},
		{"application/*;q=0.5, text/xml;q=0.4", "", "application/json"},
		{"*/*", "application/xml", "application/json"},
		{"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "", "application/xml"},
		{"text/html", "text/xml", "text/xml"},
		{"garbage", "application/xml", "application/xml"},
		{"garbage, application/xml", "", "application/json"},
		{"application/xml;q=x", "", "application/xml"},
		{", ,application/xml,", "", "application/xml"},
		{`application/xml;t="a,b;c"`, "", "application/xml"},
	} {
		header := http.Header{}
		if test.accept != "" {
			header.Set("Accept", test.accept)
		}
		if test.sent != "" {
			header.Set("Content-Type", test.sent)
		}
		if got := aspnet.Negotiate(header); got.MediaType != test.want {
			t.Errorf("Accept %q, Content-Type %q: got %s, want %s", test.accept, test.sent, got.MediaType, test.want)
		}
	}
}

func TestNegotiateForAScript(t *testing.T) {
	for accept, want := range map[string]string{"": "application/json", "*/*": "application/json", "text/xml": "text/xml", "*/*, text/xml": "text/xml"} {
		header := http.Header{"X-Requested-With": {"xmlHTTPrequest"}, "Content-Type": {"application/xml"}}
		if accept != "" {
			header.Set("Accept", accept)
		}
		if got := aspnet.Negotiate(header); got.MediaType != want {
			t.Errorf("Accept %q: got %s, want %s", accept, got.MediaType, want)
		}
	}
}

func TestNegotiateCharset(t *testing.T) {
	for _, test := range []struct {
		accepted, sent string
		want           framework.Charset
	}{
		{"", "", framework.UTF8},
		{"utf-16", "", framework.UTF16},
		{"UTF-16", "", framework.UTF16},
		{"utf-16;q=0.5, utf-8", "", framework.UTF8},
		{"iso-8859-1, utf-16;q=0.1", "", framework.UTF16},
		{"iso-8859-1", "", framework.UTF8},
		{"*", "application/json; charset=utf-16", framework.UTF8},
		{"utf-16;q=0", "", framework.UTF8},
		{"", "application/json; charset=utf-16", framework.UTF16},
		{"", `application/json; charset="utf-16"`, framework.UTF8},
		{"", "application/json; charset=iso-8859-1", framework.UTF8},
		{"utf-8", "application/json; charset=utf-16", framework.UTF8},
	} {
		header := http.Header{"Content-Type": {test.sent}}
		if test.accepted != "" {
			header.Set("Accept-Charset", test.accepted)
		}
		if got := aspnet.Negotiate(header); got.Charset != test.want {
			t.Errorf("Accept-Charset %q, Content-Type %q: got %s, want %s", test.accepted, test.sent, got.Charset, test.want)
		}
	}
}

func TestIncoming(t *testing.T) {
	for _, test := range []struct {
		sent, mediaType string
		declared, ok    bool
	}{
		{"application/json", "application/json", true, true},
		{"Application/JSON; charset=utf-8", "application/json", true, true},
		{"text/xml", "text/xml", true, true},
		{"application/x-www-form-urlencoded; charset=UTF-8", "application/x-www-form-urlencoded", true, true},
		{"application/vnd.api+json", "application/vnd.api+json", true, false},
		{"multipart/form-data; boundary=x", "multipart/form-data", true, false},
		{"application/json; x", "application/json", true, true},
		{"application/json;", "application/octet-stream", false, false},
		{"application/json; x=", "application/octet-stream", false, false},
		{"", "application/octet-stream", false, false},
		{"json", "application/octet-stream", false, false},
	} {
		body, declared, ok := aspnet.Incoming(http.Header{"Content-Type": {test.sent}})
		if body.MediaType != test.mediaType || declared != test.declared || ok != test.ok {
			t.Errorf("%q: got %s, %v, %v", test.sent, body.MediaType, declared, ok)
		}
	}
}
