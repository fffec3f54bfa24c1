package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Message is what is told of one refresh. Fields are only ever added.
type Message struct {
	Text    string    `json:"text"` // for people, as chats show it
	Type    string    `json:"type"` // "wheels_refresh"
	ID      string    `json:"id"`   // of the refresh: a message that comes twice has the same
	Status  Status    `json:"status"`
	Service string    `json:"service"`
	Project string    `json:"project"`
	Region  string    `json:"region"`
	Started time.Time `json:"started"`
	Changed []Change  `json:"changed"`
	Builds  []string  `json:"builds"`              // their IDs, in order
	URL     string    `json:"build_url,omitempty"` // of the last one

	// Of what failed:
	Error string   `json:"error,omitempty"`
	Hint  string   `json:"hint,omitempty"`
	Step  string   `json:"step,omitempty"`
	Log   []string `json:"log,omitempty"` // the last lines of the step, without logins
}

// Change is a package that is another one now.
type Change struct {
	Name string `json:"name"`
	Old  string `json:"old,omitempty"` // "" = it is new
	New  string `json:"new,omitempty"` // "" = it is gone
}

// String is the change as people read it.
func (c Change) String() string {
	switch {
	case c.Old == "":
		return c.Name + " " + c.New + " (new)"
	case c.New == "":
		return c.Name + " " + c.Old + " (gone)"
	case c.Old == c.New:
		return c.Name + " " + c.New + " (built anew)"
	}
	return c.Name + " " + c.Old + " → " + c.New
}

// What a chat shows at once, and what fits in a message of each kind of destination.
const (
	logLines  = 20
	lineBytes = 500
	named     = 10 // changes in the text
)

// Complete gives a message its type and text, and cuts its log to the end that is
// read.
func (m Message) Complete() Message {
	m.Type = "wheels_refresh"
	if n := len(m.Log); n > logLines {
		m.Log = m.Log[n-logLines:]
	}
	log := make([]string, 0, len(m.Log))
	for _, line := range m.Log {
		log = append(log, short(line))
	}
	m.Log = log
	if m.Changed == nil {
		m.Changed = []Change{}
	}
	if m.Builds == nil {
		m.Builds = []string{}
	}
	m.Text = m.text()
	return m
}

// short is a line that is not longer than somebody reads.
func short(line string) string {
	line = strings.ToValidUTF8(line, "\uFFFD")
	if len(line) <= lineBytes {
		return line
	}
	cut := lineBytes
	for !utf8.RuneStart(line[cut]) {
		cut--
	}
	return line[:cut] + "…"
}

func (m Message) text() string {
	var b strings.Builder
	at := fmt.Sprintf("%s (%s, %s)", m.Service, m.Project, m.Region)
	switch m.Status {
	case Promoted:
		fmt.Fprintf(&b, "Wheels of %s were refreshed, and passed the tests: the next deploy has them.", at)
	case Unchanged:
		fmt.Fprintf(&b, "Wheels of %s are the newest that the requirements allow.", at)
	default:
		fmt.Fprintf(&b, "Refreshing the wheels of %s failed; deploys get what they got before.", at)
	}
	if m.Error != "" {
		fmt.Fprintf(&b, "\n%s", m.Error)
	}
	for i, c := range m.Changed {
		if i == named {
			fmt.Fprintf(&b, "\n• and %d more", len(m.Changed)-named)
			break
		}
		fmt.Fprintf(&b, "\n• %s", c)
	}
	if len(m.Log) > 0 {
		fmt.Fprintf(&b, "\n```\n%s\n```", strings.ReplaceAll(strings.Join(m.Log, "\n"), "```", "'''"))
	}
	if m.URL != "" {
		fmt.Fprintf(&b, "\n%s", m.URL)
	}
	return b.String()
}

// JSON is the message as it is sent.
func (m Message) JSON() []byte {
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // it holds nothing that JSON cannot say
	}
	return data
}
