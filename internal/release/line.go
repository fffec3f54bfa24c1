package release

import "time"

// Line is one line of a service's log.
type Line struct {
	Time     time.Time
	Revision string
	Severity string // one of Severities; "" = it has none
	Text     string
	Trace    string   // what the lines of one request have in common, and its own; "" = not known
	Request  *Request // that the line is of; nil = the app wrote it
}

// Request is one that a service was asked, as the target logs it once it is answered.
type Request struct {
	Method, URL string
	Status      int
	Latency     time.Duration
}

// Severities are those that lines may have, the least first.
var Severities = []string{"DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"}

// Query is which lines of a service are wanted.
type Query struct {
	Limit    int       // at most so many that are there
	Since    time.Time // zero = however old
	Revision string    // "" = of all
	Severity string    // the least; "" = all
	Follow   bool      // those to come, too
	Trace    string    // "" = of any request, and of none
	Requests *Requests // not what the app wrote, but what it was asked; nil = both
}

// Requests are which of the requests are wanted.
type Requests struct {
	Least, Most int           // statuses; 0 = any
	Slower      time.Duration // than this; 0 = any
}
