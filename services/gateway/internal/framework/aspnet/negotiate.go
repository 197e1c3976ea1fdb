package aspnet

import (
	"net/http"
	"strings"

	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// formatter reads and writes one format.
type formatter struct {
	format wire.Format
	types  []string
	writes bool
}

// formatters are in the framework's order, which breaks ties.
var formatters = []formatter{
	{wire.JSON, []string{"application/json", "text/json"}, true},
	{wire.XML, []string{"application/xml", "text/xml"}, true},
	{wire.Form, []string{"application/x-www-form-urlencoded"}, false},
}

// Negotiate chooses the representation of a response. The best match of the Accept header wins; at
// equal quality an exact name precedes `type/*`, which precedes `*/*`. The next choices are JSON
// for requests of scripts, the format of the request body, and JSON. A response is never "not
// acceptable".
func Negotiate(header http.Header) framework.Body {
	accepted := parseAccept(header["Accept"])
	sent, _ := parseMediaType(first(header, contentType))
	chosen := choose(accepted, sent, isScript(header, accepted))
	chosen.Charset = chooseCharset(parseAcceptCharset(header["Accept-Charset"]), sent.charset)
	return chosen
}

const contentType = "Content-Type"

// first returns the first value of a header, whose name is spelled as in http.Header, or "".
func first(header http.Header, name string) string {
	if values := header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func choose(accepted []mediaType, sent mediaType, script bool) framework.Body {
	if script { // such a request accepts anything, so JSON is the best match
		return framework.Body{Format: wire.JSON, MediaType: formatters[0].types[0]}
	}
	var best [matchLiteral + 1]candidate // by how they match
	for _, formatter := range formatters {
		if !formatter.writes || len(accepted) == 0 {
			continue
		}
		if found := firstAccepted(accepted, formatter); found.how != noMatch && found.quality > best[found.how].quality {
			best[found.how] = found
		}
	}
	chosen := candidate{}
	for _, how := range [...]match{matchLiteral, matchSubtypes, matchAll} {
		if best[how].quality > chosen.quality {
			chosen = best[how]
		}
	}
	if chosen.how != noMatch {
		return chosen.body
	}
	for _, formatter := range formatters {
		for _, supported := range formatter.types {
			if formatter.writes && sent.covers(supported) != noMatch {
				return framework.Body{Format: formatter.format, MediaType: supported}
			}
		}
	}
	return framework.Body{Format: wire.JSON, MediaType: formatters[0].types[0]}
}

// candidate is a possible representation and how well it matches.
type candidate struct {
	body    framework.Body
	how     match
	quality float64
}

// firstAccepted returns the first value of the sorted Accept header that the formatter supports.
func firstAccepted(accepted []mediaType, formatter formatter) candidate {
	for _, value := range accepted {
		for _, supported := range formatter.types {
			if how := value.covers(supported); how != noMatch && value.quality != 0 {
				return candidate{framework.Body{Format: formatter.format, MediaType: supported}, how, value.quality}
			}
		}
	}
	return candidate{}
}

// isScript reports whether the request comes from a browser script and accepts anything.
func isScript(header http.Header, accepted []mediaType) bool {
	anything := len(accepted) == 0 || len(accepted) == 1 && accepted[0].text() == "*/*"
	return anything && strings.Contains(strings.ToLower(first(header, "X-Requested-With")), "xmlhttprequest")
}

func chooseCharset(accepted []weighted, sent string) framework.Charset {
	for _, value := range accepted {
		for _, charset := range []framework.Charset{framework.UTF8, framework.UTF16} {
			if value.quality != 0 && (value.value == "*" || strings.EqualFold(value.value, string(charset))) {
				return charset
			}
		}
	}
	return readCharset(sent)
}

// readCharset returns the charset for reading a body: UTF-8 if the parameter is unknown.
func readCharset(sent string) framework.Charset {
	if strings.EqualFold(sent, string(framework.UTF16)) {
		return framework.UTF16
	}
	return framework.UTF8
}

// Incoming returns the representation of a request body; ok is false if the framework would not
// read it. If the Content-Type is absent or malformed, declared is false and the media type
// `application/octet-stream`.
func Incoming(header http.Header) (body framework.Body, declared, ok bool) {
	sent, declared := parseMediaType(first(header, contentType))
	if !declared {
		return framework.Body{MediaType: "application/octet-stream"}, false, false
	}
	body = framework.Body{Charset: readCharset(sent.charset)}
	for _, formatter := range formatters {
		for _, supported := range formatter.types {
			if sent.covers(supported) != noMatch {
				body.Format, body.MediaType = formatter.format, supported
				if !formatter.writes { // the framework always reads forms as UTF-8
					body.Charset = framework.UTF8
				}
				return body, true, true
			}
		}
	}
	body.MediaType = sent.text()
	return body, true, false
}
