package serving

import "strings"

// development are options that a service does not want.
const development = "--reload --auto-reload --debug --debugger -d --dev -D --daemon"

// Rebound gives the shell line that does the same, with a server that listens on
// every address at PORT; "" for what is no known server.
func (l Line) Rebound() string {
	c := l.Last()
	if c.known == nil {
		return ""
	}
	out := []string{c.Program}
	args := c.args
	if c.known.sub != "" {
		out = append(out, c.known.sub)
	}
	if c.known.rebind != "" {
		out = append(out, c.known.rebind)
	}
	all, _ := c.options()
	drop := map[int]bool{}
	for _, o := range all {
		if among(o.name, c.known.bind) || among(o.name, c.known.host) || among(o.name, c.known.port) || among(o.name, development) {
			for i := range o.words {
				drop[o.at+i] = true
			}
		}
	}
	sub := c.known.sub
	for i, w := range args {
		if sub != "" && w.text == sub {
			sub = ""
			continue
		}
		if !drop[i] {
			out = append(out, w.source)
		}
	}
	start := l.before + c.assigns
	if l.before != "" || c.assigns != "" || strings.Contains(strings.Join(out, " "), "$") {
		start += "exec "
	}
	return start + strings.Join(out, " ")
}

// Open reports that the command holds variables other than PORT, or whatever
// else only a shell with the right variables can tell.
func (c Command) Open() bool {
	for _, w := range c.args {
		if strings.Contains(w.text, "$?") {
			return true
		}
	}
	return strings.Contains(c.Path, "$")
}

// Text is the whole line, without a tool that only runs the last command.
func (l Line) Text() string {
	c := l.Last()
	out := l.before + c.assigns + c.Path
	for _, w := range c.words {
		out += " " + w.source
	}
	return out
}
