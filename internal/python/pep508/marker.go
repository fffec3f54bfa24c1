package pep508

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marker is a node of an environment marker: a comparison, or a list of nodes
// with the word ("and", "or") between each and the next.
type Marker struct {
	left, right operand
	op          string // of a comparison
	items       []*Marker
	words       []string
}

// operand is a variable of the environment or a quoted value.
type operand struct {
	text     string
	variable bool
}

// variables are the names of PEP 508, PEP 345's dotted ones included.
var variables = []string{
	"python_version", "python_full_version", "os_name", "os.name", "sys_platform", "sys.platform",
	"platform_release", "platform_system", "platform_version", "platform.version", "platform_machine", "platform.machine",
	"platform_python_implementation", "platform.python_implementation", "python_implementation",
	"implementation_name", "implementation_version", "extras", "extra", "dependency_groups",
}

const maxNesting = 100

// ParseMarker reads a whole marker.
func ParseMarker(s string) (*Marker, *Fault) {
	c := &cursor{s: s}
	m, f := c.marker()
	if f == nil && !c.end() {
		f = afterMarker(c)
	}
	return m, f
}

func (c *cursor) marker() (*Marker, *Fault) { return c.markerList(0) }

func (c *cursor) markerList(depth int) (*Marker, *Fault) {
	if depth > maxNesting {
		return nil, Faultf(c.i, "write fewer parentheses", "the marker's parentheses are nested too deep")
	}
	list := &Marker{}
	for {
		item, f := c.markerAtom(depth)
		if f != nil {
			return nil, f
		}
		list.items = append(list.items, item)
		word := ""
		for _, w := range []string{"or", "and"} {
			if c.keyword(w) {
				word = w
			}
		}
		if word == "" {
			return list, nil
		}
		list.words = append(list.words, word)
	}
}

func (c *cursor) markerAtom(depth int) (*Marker, *Fault) {
	c.space()
	defer c.space()
	if open := c.i; c.take("(") {
		c.space()
		m, f := c.markerList(depth + 1)
		if f != nil {
			return nil, f
		}
		c.space()
		if !c.take(")") {
			if !c.end() {
				return nil, afterMarker(c)
			}
			return nil, Faultf(open, "close the parenthesis", "the marker's parenthesis is not closed")
		}
		return m, nil
	}
	start := c.i
	m := &Marker{}
	var f *Fault
	if m.left, f = c.operand(); f != nil {
		return nil, f
	}
	c.space()
	if m.op, f = c.markerOperator(); f != nil {
		return nil, f
	}
	c.space()
	if m.right, f = c.operand(); f != nil {
		return nil, f
	}
	if !m.left.variable && !m.right.variable {
		return nil, Faultf(start, `compare a variable with a value, e.g. python_version < "3.11"`, "the marker compares two values")
	}
	m.normalise()
	return m, nil
}

// normalise spells the names of extras and groups as PEP 685 wants them.
func (m *Marker) normalise() {
	value, name := &m.right, m.left
	if !m.left.variable {
		value, name = &m.left, m.right
	}
	if value.variable {
		return
	}
	if name.text == "extra" || value == &m.left && (name.text == "extras" || name.text == "dependency_groups") {
		value.text = Normal(value.text)
	}
}

// keyword takes a word that ends here.
func (c *cursor) keyword(w string) bool {
	if !c.at(w) || c.i > 0 && isWord(c.s[:c.i], true) || isWord(c.s[c.i+len(w):], false) {
		return false
	}
	c.i += len(w)
	return true
}

// isWord says whether the last or first character of s belongs to a word.
func isWord(s string, last bool) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if last {
		r, _ = utf8.DecodeLastRuneInString(s)
	}
	return s != "" && r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r))
}

func (c *cursor) markerOperator() (string, *Fault) {
	if c.keyword("in") {
		return "in", nil
	}
	if start := c.i; c.keyword("not") {
		c.space()
		if c.i > start+len("not") && c.keyword("in") {
			return "not in", nil
		}
		return "", Faultf(start, `write "not in"`, `"not" stands only in "not in"`)
	}
	if op := operatorAt(c.rest()); op != "" {
		c.i += len(op)
		return op, nil
	}
	hint := "the operators are == != < <= > >= ~= === in, not in"
	if c.at("=") {
		return "", Faultf(c.i, "did you mean ==?", "= is no operator")
	}
	return "", Faultf(c.i, hint, "an operator must follow here")
}

func (c *cursor) operand() (operand, *Fault) {
	best := ""
	for _, v := range variables {
		if c.at(v) && len(v) > len(best) && !isWord(c.s[c.i+len(v):], false) {
			best = v
		}
	}
	if best != "" && !isWord(c.s[:c.i], true) {
		c.i += len(best)
		name := strings.ReplaceAll(best, ".", "_")
		if name == "python_implementation" {
			name = "platform_python_implementation"
		}
		return operand{name, true}, nil
	}
	if c.at(`"`) || c.at(`'`) {
		start := c.i
		n := strings.IndexByte(c.s[c.i+1:], c.s[c.i])
		if n < 0 {
			return operand{}, Faultf(start, "close the quotation", "the marker's quotation is not closed")
		}
		c.i += n + 2
		text, ok := unquotePython(c.s[start+1 : c.i-1])
		if !ok {
			return operand{}, Faultf(start, "write the value without backslashes", "this is no valid quoted string: %s", c.s[start:c.i])
		}
		return operand{text, false}, nil
	}
	return operand{}, badOperand(c)
}
