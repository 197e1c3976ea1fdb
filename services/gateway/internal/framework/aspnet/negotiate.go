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

// Negotiate chooses how an answer is written: the best that Accept names, an exact name before `type/*` before `*/*` where
// qualities are equal; then JSON for a script's request; then the request's own format; then JSON. Nothing is never
// acceptable.
func Negotiate(header http.Header) framework.Body {
	accepted := parseAccept(header.Values("Accept"))
	sent, _ := parseMediaType(header.Get("Content-Type"))
	chosen := choose(accepted, sent, isScript(header, accepted))
	chosen.Charset = chooseCharset(parseAcceptCharset(header.Values("Accept-Charset")), sent.charset)
	return chosen
}

func choose(accepted []mediaType, sent mediaType, script bool) framework.Body {
	if script { // such a request accepts anything, so no quality can outdo JSON
		return framework.Body{Format: wire.JSON, MediaType: formatters[0].types[0]}
	}
	best := map[match]candidate{}
	for _, formatter := range formatters {
		if !formatter.writes {
			continue
		}
		if found := firstAccepted(accepted, formatter); found.how != noMatch && found.quality > best[found.how].quality {
			best[found.how] = found
		}
	}
	chosen := candidate{}
	for _, how := range []match{matchLiteral, matchSubtypes, matchAll} {
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

// candidate is a way to answer, and how well it was asked for.
type candidate struct {
	body    framework.Body
	how     match
	quality float64
}

// firstAccepted is the first value of the sorted Accept header that the formatter can answer.
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

// isScript reports whether a browser's script asks and accepts anything.
func isScript(header http.Header, accepted []mediaType) bool {
	anything := len(accepted) == 0 || len(accepted) == 1 && accepted[0].text() == "*/*"
	return anything && strings.Contains(strings.ToLower(header.Get("X-Requested-With")), "xmlhttprequest")
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

// readCharset is the encoding a body with this charset parameter is read in: UTF-8 where the parameter names none we know.
func readCharset(sent string) framework.Charset {
	if strings.EqualFold(sent, string(framework.UTF16)) {
		return framework.UTF16
	}
	return framework.UTF8
}

// Incoming is how a request's body is written down; ok is false where the framework would not read it. An absent or
// malformed Content-Type is `application/octet-stream`, and then declared is false.
func Incoming(header http.Header) (body framework.Body, declared, ok bool) {
	sent, declared := parseMediaType(header.Get("Content-Type"))
	if !declared {
		return framework.Body{MediaType: "application/octet-stream"}, false, false
	}
	body = framework.Body{MediaType: sent.text(), Charset: readCharset(sent.charset)}
	for _, formatter := range formatters {
		for _, supported := range formatter.types {
			if sent.covers(supported) != noMatch {
				body.Format, body.MediaType = formatter.format, supported
				if !formatter.writes { // a form is read as UTF-8 whatever its charset
					body.Charset = framework.UTF8
				}
				return body, true, true
			}
		}
	}
	return body, true, false
}
