package appyaml

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Kind is the type that a value has.
type Kind int

// The kinds. A null stands for a key that is not there.
const (
	Null Kind = iota
	Text
	Number
	Boolean
	List
	Mapping
)

var kindNames = [...]string{"empty", "text", "a number", "true or false", "a list", "a mapping"}

// Value is a value of a file, and where it stands.
type Value struct {
	Kind Kind
	// Text is a scalar's, as gcloud sends it: of a text, yes is "True" and 3.10 is "3.1"; of
	// a number its shortest form; of a boolean "true" or "false".
	Text string
	// Source is a scalar's as it is written: 3.10 is "3.10".
	Source string
	Items  []Value
	Fields []Field
	Place  errs.Place

	moment bool // YAML 1.1 has it for a date with a time, which Python prints otherwise
}

// Field is one entry of a mapping. Place is the name's.
type Field struct {
	Name  string
	Place errs.Place
	Value Value
}

// At is the value under a path such as resources.cpu.
func (v Value) At(path string) (Value, bool) {
	for name := range strings.SplitSeq(path, ".") {
		f, ok := v.Field(name)
		if !ok {
			return Value{}, false
		}
		v = f.Value
	}
	return v, true
}

// Field is the entry of a name. One without a value is none, as gcloud has it.
func (v Value) Field(name string) (Field, bool) {
	for _, f := range v.Fields {
		if f.Name == name && f.Value.Kind != Null {
			return f, true
		}
	}
	return Field{}, false
}

// Int is a number without a fraction, 0 of anything else.
func (v Value) Int() int {
	n, _ := strconv.Atoi(v.Text)
	return n
}

// Float is a number, 0 of anything else.
func (v Value) Float() float64 {
	n, _ := strconv.ParseFloat(v.Text, 64)
	return n
}

// True says whether it is a boolean that is true.
func (v Value) True() bool { return v.Kind == Boolean && v.Text == "true" }

func (v Value) scalar() bool { return v.Kind == Text || v.Kind == Number || v.Kind == Boolean }

// is gives the type in words, with scalars quoted. What stands where a secret may be
// has no excerpt, and is not quoted.
func (v Value) is() string {
	if !v.scalar() || v.Place.Excerpt == "" {
		return kindNames[v.Kind]
	}
	return kindNames[v.Kind] + ": " + strconv.Quote(v.Source)
}

// wrong is an error about the value of a key.
func (v Value) wrong(hint, key, format string, args ...any) error {
	return errs.At(v.Place, hint, "%s %s", key, fmt.Sprintf(format, args...))
}
