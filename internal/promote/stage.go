package promote

import (
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// stage does one, and shows what it says: the last line of it tells how it ended.
func (p Promoter) stage(name string, do func(io.Writer) error) error {
	p.Report.Start(name)
	began := p.Clock.Now()
	out := &lines{report: p.Report, stage: name}
	err := do(out)
	p.Report.Ended(name)
	s := ui.Stage{Name: name, Detail: out.last, Took: p.Clock.Now().Sub(began)}
	if err != nil {
		s.Status, s.Detail = "failed", ""
		p.Report.Fail(s)
		return err
	}
	p.Report.Done(s)
	return nil
}

// lines hands what a stage prints to the report, line by line. Nobody leaves one open.
type lines struct {
	report      ui.Reporter
	stage       string
	begun, last string
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.begun += string(b)
	for {
		line, rest, whole := strings.Cut(l.begun, "\n")
		if !whole {
			return len(b), nil
		}
		l.report.Log(l.stage, line)
		l.last, l.begun = line, rest
	}
}
