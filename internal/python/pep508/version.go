package pep508

import "strings"

// version is a PEP 440 version taken apart; numbers keep their digits, since
// they may be of any length.
type version struct {
	epoch    string
	release  []string
	pre      string // "a", "b", "rc" or ""
	preN     string
	post     bool
	postN    string
	dev      bool
	devN     string
	local    string
	wildcard bool
}

// preReleases are the spellings of alpha, beta and release candidate.
var preReleases = map[string]string{"alpha": "a", "a": "a", "beta": "b", "b": "b", "preview": "rc", "pre": "rc", "c": "rc", "rc": "rc"}

// scanner walks over a version; what it does not find it leaves untouched.
type scanner struct {
	s string
	i int
}

func (c *scanner) digits() string {
	from := c.i
	for c.i < len(c.s) && IsDigit(c.s[c.i]) {
		c.i++
	}
	return c.s[from:c.i]
}

// separator skips one of - _ . if it is there.
func (c *scanner) separator() {
	if c.i < len(c.s) && isSeparator(c.s[c.i]) {
		c.i++
	}
}

// labelled reads [-_.]?LABEL[-_.]?[0-9]*.
func (c *scanner) labelled(labels ...string) (label, number string) {
	from := c.i
	c.separator()
	for _, l := range labels {
		if len(c.s)-c.i >= len(l) && strings.EqualFold(c.s[c.i:c.i+len(l)], l) {
			c.i += len(l)
			c.separator()
			return l, c.digits()
		}
	}
	c.i = from
	return "", ""
}

// scanVersion reads the longest version at the beginning of s that the operator
// allows, as the specifier grammar of PEP 440 does; n is 0 when there is none.
func scanVersion(s, op string) (v version, n int) {
	c := &scanner{s: s}
	if c.i < len(s) && (s[c.i] == 'v' || s[c.i] == 'V') {
		c.i++
	}
	first := c.digits()
	if first == "" {
		return v, 0
	}
	if c.i+1 < len(s) && s[c.i] == '!' && IsDigit(s[c.i+1]) {
		v.epoch = first
		c.i++
		first = c.digits()
	}
	v.release = []string{first}
	for c.i+1 < len(s) && s[c.i] == '.' && IsDigit(s[c.i+1]) {
		c.i++
		v.release = append(v.release, c.digits())
	}
	if op == "~=" && len(v.release) < 2 {
		return v, 0
	}
	exact := op == "==" || op == "!=" || op == ""
	if exact && strings.HasPrefix(s[c.i:], ".*") {
		v.wildcard = true
		return v, c.i + 2
	}
	pre := ""
	pre, v.preN = c.labelled("alpha", "beta", "preview", "pre", "a", "b", "c", "rc")
	v.pre = preReleases[pre]
	if c.i+1 < len(s) && s[c.i] == '-' && IsDigit(s[c.i+1]) {
		c.i++
		v.post, v.postN = true, c.digits()
	} else if l, number := c.labelled("post", "rev", "r"); l != "" {
		v.post, v.postN = true, number
	}
	if l, number := c.labelled("dev"); l != "" {
		v.dev, v.devN = true, number
	}
	if exact && c.i+1 < len(s) && s[c.i] == '+' && IsAlnum(s[c.i+1]) {
		from := c.i + 1
		for c.i++; c.i < len(s) && (IsAlnum(s[c.i]) || isSeparator(s[c.i]) && c.i+1 < len(s) && IsAlnum(s[c.i+1])); {
			c.i++
		}
		v.local = s[from:c.i]
	}
	return v, c.i
}

// number drops leading zeros.
func number(digits string) string {
	if s := strings.TrimLeft(digits, "0"); s != "" {
		return s
	}
	return "0"
}

// format is the normal form of PEP 440. With short, zeros at the end of the
// release that change nothing are gone (but for one: 2.0, not 2).
func (v version) format(short bool) string {
	var b strings.Builder
	if e := number(v.epoch); e != "0" {
		b.WriteString(e + "!")
	}
	release := make([]string, 0, len(v.release)+1)
	for _, r := range v.release {
		release = append(release, number(r))
	}
	if short {
		for len(release) > 2 && release[len(release)-1] == "0" {
			release = release[:len(release)-1]
		}
		if len(release) == 1 {
			release = append(release, "0")
		}
	}
	b.WriteString(strings.Join(release, "."))
	if v.wildcard {
		b.WriteString(".*")
	}
	if v.pre != "" {
		b.WriteString(v.pre + number(v.preN))
	}
	if v.post {
		b.WriteString(".post" + number(v.postN))
	}
	if v.dev {
		b.WriteString(".dev" + number(v.devN))
	}
	if v.local != "" {
		parts := strings.FieldsFunc(strings.ToLower(v.local), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
		for i, p := range parts {
			if strings.Trim(p, "0123456789") == "" {
				parts[i] = number(p)
			}
		}
		b.WriteString("+" + strings.Join(parts, "."))
	}
	return b.String()
}

// ParseVersion gives the normal form of a version that is all of s, wildcards apart.
func ParseVersion(s string) (normal string, ok bool) {
	v, n := scanVersion(s, "")
	if n == 0 || n != len(s) || v.wildcard {
		return "", false
	}
	return v.format(false), true
}
