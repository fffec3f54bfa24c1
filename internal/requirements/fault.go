package requirements

import (
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// fault is an error inside one logical line: at is the byte offset in the text
// that was being parsed, -1 when the whole line is meant.
type fault struct {
	at        int
	msg, hint string
}

func faultf(at int, hint, format string, args ...any) *fault {
	return &fault{at: at, hint: hint, msg: fmt.Sprintf(format, args...)}
}

// shift moves a fault of a part to where that part begins in the whole.
func (f *fault) shift(by int) *fault {
	if f != nil && f.at >= 0 {
		f.at += by
	}
	return f
}

// unplaced forgets an offset that means nothing to the reader.
func (f *fault) unplaced(at int) *fault {
	if f != nil {
		f.at = at
	}
	return f
}

// usage places a fault of a logical line in its file.
func (f *fault) usage(file string, l logical) error {
	return errs.At(l.place(file, f.at), mask(f.hint), "%s", mask(f.msg))
}
