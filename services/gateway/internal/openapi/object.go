package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a JSON object that keeps the order of its members, which is the order in which documentation shows them.
type object struct {
	names  []string
	values map[string]any
}

// list is a JSON array.
type list = []any

// newObject is an object of alternating names and values.
func newObject(members ...any) *object {
	made := &object{values: map[string]any{}}
	for i := 0; i+1 < len(members); i += 2 {
		name, ok := members[i].(string)
		if !ok {
			panic(fmt.Sprintf("member name %v is no string", members[i]))
		}
		made.set(name, members[i+1])
	}
	return made
}

func (o *object) set(name string, value any) {
	if _, has := o.values[name]; !has {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// object, list and text are a member of that type, empty where there is none.
func (o *object) object(name string) *object {
	if member, ok := o.values[name].(*object); ok {
		return member
	}
	return newObject()
}

func (o *object) list(name string) list {
	member, _ := o.values[name].(list)
	return member
}

func (o *object) text(name string) string {
	member, _ := o.values[name].(string)
	return member
}

// MarshalJSON writes the members in their order.
func (o *object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			out.WriteByte(',')
		}
		for j, part := range []any{name, o.values[name]} {
			text, err := json.Marshal(part)
			if err != nil {
				return nil, fmt.Errorf("writing member %s: %w", name, err)
			}
			if j > 0 {
				out.WriteByte(':')
			}
			out.Write(text)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// parse reads a JSON object.
func parse(text []byte) (*object, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder)
	if err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	parsed, ok := value.(*object)
	if !ok {
		return nil, fmt.Errorf("reading JSON: a %T is no object", value)
	}
	return parsed, nil
}

func parseValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		parsed := newObject()
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			parsed.set(fmt.Sprint(name), value)
		}
		_, err = decoder.Token()
		return parsed, err
	case json.Delim('['):
		parsed := list{}
		for decoder.More() {
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			parsed = append(parsed, value)
		}
		_, err = decoder.Token()
		return parsed, err
	default:
		return token, nil
	}
}
