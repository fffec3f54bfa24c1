package serving

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// option is one option of a command, with the words that it takes.
type option struct {
	name, value string
	at, words   int
}

// options gives the options of a server, and the words that are none.
func (c Command) options() (all []option, rest []word) {
	for i := 0; i < len(c.args); i++ {
		text := c.args[i].text
		if !strings.HasPrefix(text, "-") || text == "-" {
			rest = append(rest, c.args[i])
			continue
		}
		o := option{at: i, words: 1}
		joined := false
		if o.name, o.value, joined = splitOption(text); among(text, c.known.flags) {
			o.name, o.value = text, ""
		} else if !joined && i+1 < len(c.args) {
			i++
			o.value, o.words = c.args[i].text, 2
		}
		all = append(all, o)
	}
	return all, rest
}

// App is what a server is told to serve; ok is false for another program, and
// for one that finds it by itself.
func (c Command) App() (a App, ok bool) {
	if c.known == nil || !c.known.module {
		return App{}, false
	}
	all, rest := c.options()
	if len(rest) == 0 {
		return App{}, false
	}
	a, ok = ParseApp(rest[0].text)
	for _, o := range all {
		a.Factory = a.Factory || o.name == "--factory" || o.name == "--call"
	}
	return a, ok
}

// File is the file that a server or an interpreter is told to run, or "".
func (c Command) File() string {
	if c.Script != "" || c.known == nil || c.known.module || c.known.sub == "" {
		return c.Script
	}
	if _, rest := c.options(); len(rest) > 1 {
		return rest[1].text
	}
	return ""
}

// Package is the Python package that brings the program, "" when none is known to.
func (c Command) Package() string { return programs[c.Program].pkg }

// Serves says whether the program is a server that is known.
func (c Command) Serves() bool { return c.known != nil }

// Astray is the address that a command is sure to listen on, where that is not
// every address at the port; "" else. variables are those that the app gets.
func (c Command) Astray(port int, variables []string) string {
	if c.Program == "" || c.known == nil {
		return c.django(port)
	}
	k := c.known
	for _, v := range slices.Concat(variables, c.Env) {
		if k.env != "" && strings.HasPrefix(v, k.env) || v == "PORT" {
			return ""
		}
	}
	host, at, _ := cutAddress(k.at)
	var binds []string
	all, _ := c.options()
	for _, o := range all {
		switch {
		case among(o.name, k.other):
			return ""
		case among(o.name, k.bind):
			binds = append(binds, o.value)
		case among(o.name, k.host):
			host = o.value
		case among(o.name, k.port):
			at = o.value
		}
	}
	if len(binds) == 0 {
		binds = []string{net.JoinHostPort(host, at)}
	}
	for _, b := range binds {
		if Reaches(b, port) {
			return ""
		}
	}
	return strings.Join(binds, ", ")
}

// django tells of manage.py's server for development.
func (c Command) django(port int) string {
	if !strings.HasSuffix(c.Script, "manage.py") || len(c.args) < 2 || c.args[1].text != "runserver" {
		return ""
	}
	at := "127.0.0.1:8000"
	for _, w := range c.args[2:] {
		if !strings.HasPrefix(w.text, "-") {
			if at = w.text; !strings.Contains(at, ":") {
				at = "127.0.0.1:" + at
			}
		}
	}
	if Reaches(at, port) {
		return ""
	}
	return at
}

func cutAddress(address string) (host, port string, ok bool) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address, "", false
	}
	return strings.Trim(address[:i], "[]"), address[i+1:], true
}

// Reaches reports that what listens there may be reached at the port: what is
// not known for sure may.
func Reaches(address string, port int) bool {
	host, at, ok := cutAddress(strings.TrimPrefix(strings.TrimPrefix(address, "http://"), "tcp://"))
	if !ok || strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "fd:") {
		return true
	}
	if host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") {
		return false
	}
	n, err := strconv.Atoi(at)
	return err != nil || n == port
}

// Option gives the value of the first of a server's options, "" without it.
func (c Command) Option(names string) string {
	if c.known == nil {
		return ""
	}
	all, _ := c.options()
	for _, o := range all {
		if among(o.name, names) {
			return o.value
		}
	}
	return ""
}
