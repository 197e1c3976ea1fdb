package wire

import (
	"reflect"
	"unicode/utf8"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// xmlWriter writes a message in the style of one of the two serialisers.
type xmlWriter struct {
	// nil is the attribute of null elements.
	nil string
	// nulls means that null references are written rather than omitted.
	nulls bool
}

func appendXML(dst []byte, message model, plan *modelPlan) ([]byte, error) {
	dst = append(append(dst, '<'), plan.xmlName...)
	w := xmlWriter{nil: ` xsi:nil="true"`}
	if plan.framework == optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT {
		w = xmlWriter{nil: ` i:nil="true"`, nulls: true}
		dst = append(dst, ` xmlns:i="`+instanceSpace+`" xmlns="`...)
		dst = append(appendXMLText(dst, plan.space), '"')
	} else {
		dst = append(dst, ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="`+instanceSpace+`"`...)
	}
	if plan.items != nil {
		return w.items(dst, plan.xmlName, message.at(plan.items), plan.items)
	}
	return w.object(dst, plan.xmlName, message, plan)
}

// closed closes an element whose content begins at start, with ` />` if the content is empty.
func closed(dst []byte, start int, name string) []byte {
	if len(dst) == start {
		return append(dst[:start-1], ` />`...)
	}
	dst = append(append(dst, `</`...), name...)
	return append(dst, '>')
}

// object writes the rest of an element after the name in its start tag.
func (w xmlWriter) object(dst []byte, name string, message model, plan *modelPlan) ([]byte, error) {
	dst = append(dst, '>')
	start := len(dst)
	for _, field := range plan.ordered {
		value := message.at(field)
		if plan.isNull(value, field) {
			if w.nulls || field.kind != valueText && field.kind != valueMessage {
				dst = append(append(dst, '<'), field.xml...)
				dst = append(append(dst, w.nil...), ` />`...)
			}
			continue
		}
		dst = append(append(dst, '<'), field.xml...)
		var err error
		switch {
		case field.repeated:
			dst, err = w.items(dst, field.xml, value, field)
		case field.kind == valueMessage && field.message.items != nil:
			items := field.message.items
			dst, err = w.items(dst, field.xml, modelAt(value).at(items), items)
		default:
			dst, err = w.value(dst, field.xml, value, field)
		}
		if err != nil {
			return nil, err
		}
	}
	return closed(dst, start, name), nil
}

func (w xmlWriter) items(dst []byte, name string, list reflect.Value, items *fieldPlan) ([]byte, error) {
	dst = append(dst, '>')
	start := len(dst)
	for i := range list.Len() {
		dst = append(append(dst, '<'), items.item...)
		var err error
		if dst, err = w.value(dst, items.item, list.Index(i), items); err != nil {
			return nil, err
		}
	}
	return closed(dst, start, name), nil
}

func (w xmlWriter) value(dst []byte, name string, value reflect.Value, field *fieldPlan) ([]byte, error) {
	if field.kind == valueMessage {
		return w.object(dst, name, modelAt(value), field.message)
	}
	dst = append(dst, '>')
	start := len(dst)
	switch field.kind {
	case valueText:
		dst = appendXMLText(dst, scalar(value).String())
	case valueEnum:
		dst = appendXMLText(dst, field.enum.name(value))
	case valueGUID, valueDateTime:
		dst = appendXMLText(dst, formatted(field, scalar(value).String()))
	case valueDecimal:
		text, err := decimalText(field, value)
		if err != nil {
			return nil, err
		}
		dst = append(dst, text...)
	default:
		dst = appendPlain(dst, field, value)
	}
	return closed(dst, start, name), nil
}

// plainInXML holds the ASCII characters that are written as they are.
var plainInXML = func() (plain [256]bool) {
	for c := range plain[:utf8.RuneSelf] {
		plain[c] = c >= ' ' && c != '<' && c != '>' && c != '&' || c == '\t' || c == '\n'
	}
	return plain
}()

// appendXMLText appends text for the content of an element or an attribute. A carriage return is
// written as a reference, because readers would convert it to a line feed. Characters that XML 1.0
// forbids and invalid UTF-8 become U+FFFD.
func appendXMLText(dst []byte, text string) []byte {
	plain := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plainInXML[c] {
			i++
			continue
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		if c >= utf8.RuneSelf && char != '\uFFFE' && char != '\uFFFF' && (char != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		dst = append(dst, text[plain:i]...)
		switch char {
		case '<':
			dst = append(dst, `&lt;`...)
		case '>':
			dst = append(dst, `&gt;`...)
		case '&':
			dst = append(dst, `&amp;`...)
		case '\r':
			dst = append(dst, `&#xD;`...)
		default:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		i += size
		plain = i
	}
	return append(dst, text[plain:]...)
}
