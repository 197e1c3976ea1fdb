package aspnet

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Names in the framework's own error (HttpError), the only .NET message that no proto describes.
const (
	ErrorElement   = "Error"
	MessageName    = "Message"
	ModelStateName = "ModelState"
)

// HTTPError returns the body of a failure in the framework's own format: a message and, for invalid
// members, their messages by key.
func HTTPError(failed *failure.Failure, format wire.Format) []byte {
	if format == wire.XML {
		return xmlError(failed)
	}
	return jsonError(failed)
}

func jsonError(failed *failure.Failure) []byte {
	var out bytes.Buffer
	out.WriteString(`{"` + MessageName + `":`)
	writeJSON(&out, failed.Message)
	if len(failed.Fields) > 0 {
		out.WriteString(`,"` + ModelStateName + `":{`)
		for i, field := range failed.Fields {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSON(&out, field.Key)
			out.WriteByte(':')
			writeJSON(&out, field.Messages)
		}
		out.WriteByte('}')
	}
	out.WriteByte('}')
	return out.Bytes()
}

// writeJSON writes strings, which cannot fail, without HTML escapes.
func writeJSON(out *bytes.Buffer, value any) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("writing %T as JSON: %v", value, err))
	}
	out.Truncate(out.Len() - 1) // remove the encoder's line feed
}

func xmlError(failed *failure.Failure) []byte {
	var out bytes.Buffer
	out.WriteString("<" + ErrorElement + ">")
	writeElement(&out, MessageName, failed.Message)
	if len(failed.Fields) > 0 {
		out.WriteString("<" + ModelStateName + ">")
		for _, field := range failed.Fields {
			writeElement(&out, localName(field.Key), strings.Join(field.Messages, " "))
		}
		out.WriteString("</" + ModelStateName + ">")
	}
	out.WriteString("</" + ErrorElement + ">")
	return out.Bytes()
}

func writeElement(out *bytes.Buffer, name, text string) {
	out.WriteString("<" + name + ">")
	if err := xml.EscapeText(out, []byte(text)); err != nil {
		panic(fmt.Sprintf("writing to memory: %v", err))
	}
	out.WriteString("</" + name + ">")
}

// localName converts a key to an XML name as XmlConvert.EncodeLocalName does: characters that names
// cannot contain become `_xHHHH_`. Keys are member names in ASCII; all other letters are escaped as
// well.
func localName(key string) string {
	var name strings.Builder
	for i, r := range key {
		switch {
		case 'A' <= r && r <= 'Z', 'a' <= r && r <= 'z', r == '_', i > 0 && ('0' <= r && r <= '9' || r == '.' || r == '-'):
			name.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&name, "_x%08X_", r)
		default:
			fmt.Fprintf(&name, "_x%04X_", r)
		}
	}
	return name.String()
}
