package fault

// Trouble is what goes wrong with one call on its way, whatever its service.
type Trouble int

// The troubles. All but Lost come before the service hears of the call.
const (
	None        Trouble = iota
	Throttled           // 429, RESOURCE_EXHAUSTED
	Unavailable         // 503, UNAVAILABLE
	Expired             // 401, UNAUTHENTICATED
	Reset               // the connection is reset, with all that is under way on it
	Stalled             // no answer, for as long as the caller waits
	Lost                // the service has done it; then the connection is reset
)

var names = [...]string{"none", "429", "503", "401", "reset", "stall", "lost answer"}

// String is a trouble in the words of a table.
func (t Trouble) String() string { return names[t] }

// Troubles are all that can go wrong.
func Troubles() []Trouble { return []Trouble{Throttled, Unavailable, Expired, Reset, Stalled, Lost} }
