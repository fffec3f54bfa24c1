package pep508

import "strings"

// specifier is one comparison of a requirement: operator and version.
type specifier struct {
	op, version string // as written, without blanks
	parsed      version
}

func (s specifier) String() string { return s.op + s.version }

// canonical is the same comparison with the version in its normal form.
func (s specifier) canonical() string {
	if s.op == "===" {
		return s.op + s.version
	}
	return s.op + s.parsed.format(s.op != "~=" && !s.parsed.wildcard)
}

var operators = []string{"===", "==", "!=", "~=", "<=", ">=", "<", ">"}

func operatorAt(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// specifiers reads a comma-separated list, in parentheses or not.
func (c *cursor) specifiers() (Specifiers, *Fault) {
	open := c.i
	bracket := c.take("(")
	c.space()
	var out Specifiers
	for {
		op := operatorAt(c.rest())
		if op == "" {
			break
		}
		specs, f := c.specifier(op)
		if f != nil {
			return nil, f
		}
		out = append(out, specs...)
		c.space()
		if !c.take(",") {
			break
		}
		c.space()
	}
	c.space()
	if bracket && !c.take(")") {
		return nil, Faultf(open, "write NAME (>=1,<2), or leave the parentheses out", "the parenthesis of the versions is not closed")
	}
	return out, nil
}

func (c *cursor) specifier(op string) (Specifiers, *Fault) {
	start := c.i
	c.i += len(op)
	body := strings.TrimLeftFunc(c.rest(), IsSpace)
	blank := len(c.rest()) - len(body)
	if op == "===" {
		n := strings.IndexFunc(body, func(r rune) bool { return IsSpace(r) || r == ';' || r == ')' })
		if n < 0 {
			n = len(body)
		}
		// The grammar takes commas for part of the text; the list is split later.
		first, more, comma := strings.Cut(body[:n], ",")
		if first == "" {
			return nil, Faultf(c.i, "write the exact version after ===", "no version follows ===")
		}
		if strings.Contains(first, `\`) {
			return nil, Faultf(c.i, "remove the backslash", "a version cannot hold a backslash")
		}
		out := Specifiers{{op: op, version: first}}
		if comma {
			sub := &cursor{s: more}
			rest, f := sub.specifiers()
			if f == nil && !sub.end() {
				f = Faultf(sub.i, "separate versions by commas", "this is no version: %q", sub.rest())
			}
			if f != nil {
				return nil, f.Shift(c.i + blank + len(first) + 1)
			}
			out = append(out, rest...)
		}
		c.i += blank + n
		return out, nil
	}
	v, n := scanVersion(body, op)
	if n == 0 {
		return nil, badVersion(op, body, start, c.i+blank)
	}
	c.i += blank + n
	if f := trailing(c, op, body[:n], v, start); f != nil {
		return nil, f
	}
	return Specifiers{{op: op, version: body[:n], parsed: v}}, nil
}

// trailing refuses the endings that look like part of a version but that the
// operator does not take.
func trailing(c *cursor, op, written string, v version, start int) *Fault {
	switch {
	case c.at(".*") && !v.wildcard && (op == "==" || op == "!="):
		return Faultf(start, "write "+op+v.release[0]+".*, or the whole version", ".* cannot follow a pre-release, post-release, dev or local version")
	case c.at(".*") && v.wildcard:
		return Faultf(start, "write one .* at the end", ".* may stand once, at the end")
	case c.at(".*"):
		hint := "write " + op + written + ", or ==" + written + ".*"
		if op == "~=" {
			hint = "write ==" + written + ".*, or ~=" + written + ".0"
		}
		return Faultf(start, hint, ".* goes with == and != only, not with %s", op)
	case c.at("+"):
		return Faultf(start, "leave the +… out, or write ==", "a local version (+…) goes with == and != only, not with %s", op)
	}
	return nil
}

// Specifiers are the comparisons of one requirement.
type Specifiers []specifier

// String is what pip prints: sorted, without blanks, double ones once.
func (s Specifiers) String() string { return s.list(specifier.String) }

// Canonical is the same with each version in its normal form.
func (s Specifiers) Canonical() string { return s.list(specifier.canonical) }

func (s Specifiers) list(write func(specifier) string) string {
	out := make([]string, 0, len(s))
	for _, one := range s {
		out = append(out, write(one))
	}
	return strings.Join(sortedSet(out), ",")
}
