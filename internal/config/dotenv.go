package config

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// dotenv reads a file of NAME=VALUE lines as gcloud's library for it does: `export` before a
// name, comments, values in quotes, over several lines there, and ${NAME} for what stands
// before it in the file. What that library leaves out with a warning is an error here.
type dotenv struct {
	rest string
	at   origin
	all  []field
}

func parseDotenv(at origin, data string) ([]field, error) {
	d := &dotenv{rest: strings.ReplaceAll(strings.TrimPrefix(data, "\ufeff"), "\r\n", "\n"), at: at}
	d.at.place.Line = 1
	for d.skip(" \t\n\f\v"); d.rest != ""; d.skip(" \t\n\f\v") {
		if d.rest[0] == '#' {
			d.skipLine()
			continue
		}
		if err := d.line(); err != nil {
			return nil, err
		}
	}
	return d.all, nil
}

func (d *dotenv) take(n int) string {
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	d.at.place.Line += strings.Count(taken, "\n")
	return taken
}

func (d *dotenv) skip(signs string) { d.take(len(d.rest) - len(strings.TrimLeft(d.rest, signs))) }

func (d *dotenv) skipLine() { d.take(len(d.upTo("\n"))) }

// upTo is what stands before the first of some signs.
func (d *dotenv) upTo(signs string) string {
	if n := strings.IndexAny(d.rest, signs); n >= 0 {
		return d.rest[:n]
	}
	return d.rest
}

// line reads one NAME=VALUE.
func (d *dotenv) line() error {
	at := d.at
	wrong := func() error { return at.errorf("Write NAME=VALUE.", "this line is no NAME=VALUE") }
	if word := d.upTo(" \t\n="); word == "export" && strings.ContainsAny(d.rest[len(word):min(len(d.rest), len(word)+1)], " \t") {
		d.take(len(word))
		d.skip(" \t")
	}
	name := ""
	if quoted := strings.HasPrefix(d.rest, "'"); quoted {
		d.take(1)
		name = d.take(len(d.upTo("'")))
		if d.rest == "" {
			return wrong()
		}
		d.take(1)
	} else {
		name = d.take(len(d.upTo("=# \t\n")))
	}
	d.skip(" \t")
	if name == "" || !strings.HasPrefix(d.rest, "=") {
		return wrong()
	}
	d.take(1)
	d.skip(" \t")
	s, ok := d.value()
	d.skip(" \t")
	if strings.HasPrefix(d.rest, "#") {
		d.skipLine()
	}
	if !ok || d.rest != "" && d.rest[0] != '\n' {
		return wrong()
	}
	s, missing := d.expand(s)
	if missing != "" {
		return at.errorf("Set it above, or write ${"+missing+":-DEFAULT}.", "%s: the file does not set %s before this, and a variable of this machine is not taken", name, missing)
	}
	d.all = replaced(d.all, []field{{name, at, value{kind: text, text: s, at: at}}})
	return nil
}

// value reads one, in quotes or without.
func (d *dotenv) value() (s string, ok bool) {
	if d.rest == "" || d.rest[0] != '\'' && d.rest[0] != '"' {
		return strings.TrimRight(comment().ReplaceAllString(d.take(len(d.upTo("\n"))), ""), " \t\r\f\v"), true
	}
	quote := d.take(1)
	end := -1
	for n := range len(d.rest) {
		if d.rest[n] != quote[0] {
			continue
		}
		if end = n; n == 0 || d.rest[n-1] != '\\' {
			break // else it closes where no other does
		}
	}
	if end < 0 {
		return "", false
	}
	s = d.take(end)
	d.take(1)
	signs := escapes
	if quote == "'" {
		signs = escapes[:4]
	}
	return strings.NewReplacer(signs...).Replace(s), true
}

// escapes are what may stand after a backslash; the first two in single quotes, too.
var escapes = []string{`\\`, `\`, `\'`, `'`, `\"`, `"`, `\a`, "\a", `\b`, "\b", `\f`, "\f", `\n`, "\n", `\r`, "\r", `\t`, "\t", `\v`, "\v"}

var (
	comment   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\s+#.*`) })
	reference = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([^}:]*)(?::-([^}]*))?\}`) })
)

// expand puts in what ${NAME} and ${NAME:-DEFAULT} stand for.
func (d *dotenv) expand(s string) (out, missing string) {
	out = reference().ReplaceAllStringFunc(s, func(found string) string {
		m := reference().FindStringSubmatch(found)
		if n := slices.IndexFunc(d.all, func(f field) bool { return f.name == m[1] }); n >= 0 {
			return d.all[n].value.text
		}
		if !strings.Contains(found, ":-") && missing == "" {
			missing = m[1]
		}
		return m[2]
	})
	return out, missing
}
