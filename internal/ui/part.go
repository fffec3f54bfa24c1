package ui

// Part is the view of one of several runs that go on side by side: its stages are
// called NAME/STAGE, and its texts begin with its name. To close it closes nothing: the whole goes on.
func Part(of Reporter, name string) Reporter { return part{of, name} }

type part struct {
	of   Reporter
	name string
}

func (p part) stage(name string) string { return p.name + "/" + name }

func (p part) named(s Stage) Stage {
	s.Name = p.stage(s.Name)
	return s
}

// Head is a note: the head is that of the whole.
func (p part) Head(text string)       { p.of.Note(text) }
func (p part) Start(stage string)     { p.of.Start(p.stage(stage)) }
func (p part) Log(stage, line string) { p.of.Log(p.stage(stage), line) }
func (p part) Ended(stage string)     { p.of.Ended(p.stage(stage)) }
func (p part) Done(s Stage)           { p.of.Done(p.named(s)) }
func (p part) Fail(s Stage)           { p.of.Fail(p.named(s)) }
func (p part) Note(text string)       { p.of.Note(p.name + ": " + text) }
func (p part) Warn(text string)       { p.of.Warn(p.name + ": " + text) }
func (p part) Close()                 {}

var _ Reporter = part{}

// column is how wide the names of stages are.
const column = 14

// Room widens the column of stages for those of parts.
func (h *Human) Room(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		h.column = max(h.column, column+len(name)+1)
	}
}
