package pep508

import "fmt"

// Fault is what is wrong inside one text: At is the byte offset, -1 when the whole
// text is meant. Who knows the text's place makes an error of it.
type Fault struct {
	At            int
	Message, Hint string
}

// Faultf makes a fault of a message.
func Faultf(at int, hint, format string, args ...any) *Fault {
	return &Fault{At: at, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// Shift moves a fault of a part to where that part begins in the whole.
func (f *Fault) Shift(by int) *Fault {
	if f != nil && f.At >= 0 {
		f.At += by
	}
	return f
}
