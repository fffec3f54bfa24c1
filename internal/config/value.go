package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// kind is the type that a value was written as.
type kind int

const (
	null kind = iota
	text
	number
	boolean
	list
	mapping
)

var kindNames = map[kind]string{
	null: "empty", text: "text", number: "a number", boolean: "true or false", list: "a list", mapping: "a mapping",
}

// value is what one source said for one key, before it is given its type.
type value struct {
	kind   kind
	text   string // of a scalar, as written: 3.10 stays "3.10"
	items  []value
	fields []field
	at     origin
	more   []value // said after it by the same flag, of a list or a mapping
	// loose values come from flags and variables, where everything is text:
	// numbers, lists and mappings are read from it.
	loose bool
}

// field is one entry of a mapping.
type field struct {
	name  string
	at    origin // of the name
	value value
}

// spaced is what to do about a key like a:b within braces, which has no value.
const spaced = "Write a space after the colon."

// unspaced says whether that may have been meant.
func (f field) unspaced() bool { return f.value.kind == null && strings.Contains(f.name, ":") }

// origin is where a value was said: a place in a file, or the name of a flag
// or variable.
type origin struct {
	name  string // "GCPDEPLOY_REGION", "--region"; empty for a file
	place errs.Place
	label string // the file's name as shown in Config.Origin
	// hidden is the whole text of a setting that may be a secret: no error shows
	// any of it. "" = there is nothing to hide.
	hidden string
	// private says that the file holds nothing but values that may be secrets.
	private bool
}

func (o origin) String() string {
	if o.name != "" {
		return o.name
	}
	return o.label + ":" + strconv.Itoa(o.place.Line)
}

// errorf is a Usage error that tells where.
func (o origin) errorf(hint, format string, args ...any) error {
	if o.hidden != "" {
		if repeats(hint, o.hidden) {
			hint = ""
		}
		return errs.New(errs.Usage, hint, "%s: %s", o.name, fmt.Sprintf(strings.ReplaceAll(format, "%w", "%s"), safe(args)...))
	}
	if o.name != "" {
		return errs.New(errs.Usage, hint, "%s: %w", o.name, fmt.Errorf(format, args...))
	}
	return errs.At(o.place, hint, format, args...)
}

// fault is errorf of a key's Fault.
func (o origin) fault(key, then string, f *Fault) error {
	format, hint := f.format, f.Hint
	if format == "" {
		format = verbatim(f.Message)
	}
	if f.repeats && o.hidden != "" {
		hint = ""
	}
	name := keyName(key)
	if o.hidden != "" {
		name = ofKey(key)
	}
	return o.errorf(hint, "%s"+then+format, append([]any{name}, f.args...)...)
}

// Fault is what is wrong with a value, without its place and its key's name.
type Fault struct {
	Hint, Message string
	Private       bool // the line may hold a password: do not show it

	format  string // what Message was made of
	args    []any
	repeats bool // the hint has some of the value in it
}

// Wrong makes a Fault of a message that goes on after the key's name. The args are
// what it quotes of the value, and nothing else: they are left out where the value
// may be a secret.
func Wrong(hint, format string, args ...any) *Fault {
	return &Fault{Hint: hint, Message: fmt.Sprintf(format, args...), format: format, args: args}
}

// Repeats says that the hint has some of the value in it.
func (f *Fault) Repeats() *Fault {
	f.repeats = true
	return f
}

// verbatim is a text as a format without verbs.
func verbatim(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// fail turns a fault of the key's value into an error.
func (v value) fail(key string, f *Fault) error {
	if v.at.hidden != "" {
		return v.at.fault(key, " ", f)
	}
	message := link.Mask(f.Message)
	if mayHide(v.text) {
		// Of a value that is wrong nobody knows where a password in it would end.
		message = link.Mask(strings.ReplaceAll(f.Message, strconv.Quote(v.text), `"****"`))
	}
	if f.Private || mayHide(v.text) {
		v.at.place.Excerpt = ""
	}
	return v.at.errorf(f.Hint, "%s %s", key, message)
}

// mayHide says whether a text may hold a login: it has an @ that begins no digest.
func mayHide(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, "@sha256:", ""), "@")
}

// each is what a flag said every time that it was given.
func (v value) each() []value {
	all := append([]value{v}, v.more...)
	all[0].more = nil
	return all
}

// is gives the value's type in words for a message, with scalars quoted.
func (v value) is() string {
	switch v.kind {
	case null:
		return "empty"
	case text, number, boolean:
		return kindNames[v.kind] + ": " + strconv.Quote(v.text)
	}
	return kindNames[v.kind]
}

func (v value) scalar() bool { return v.kind == text || v.kind == number || v.kind == boolean }
