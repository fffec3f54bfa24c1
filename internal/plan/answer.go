package plan

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Answer is what an app must answer to be in order.
type Answer struct {
	Protocol string `json:"protocol"`         // config.HTTP, GRPC or TCP
	Path     string `json:"path,omitempty"`   // "" = /, where every status below 500 will do
	Status   int    `json:"status,omitempty"` // 0 = of a Path any from 200 to 399
}

// answer is what must be answered before a release, and after it.
func answer(s config.Start) *Answer {
	if !s.On {
		return nil
	}
	return &Answer{Protocol: s.Protocol, Path: s.Path, Status: s.Status}
}

// seen is how an image was seen to start, as a field of its key: an image that
// answered what is asked now needs no second start. What most apps say stays one word.
func seen(s config.Start) string {
	if a := answer(s); a != nil && *a != (Answer{Protocol: config.HTTP}) {
		return fmt.Sprintf("%s %d %s", a.Protocol, a.Status, a.Path)
	}
	return strconv.FormatBool(s.On)
}

// URLPath is the path to ask for.
func (a Answer) URLPath() string { return cmp.Or(a.Path, "/") }

// anything says whether nobody said what / should answer: that it does will do.
func (a Answer) anything() bool { return a.Path == "" && a.Status == 0 }

// Takes says whether a status is a wanted one.
func (a Answer) Takes(status int) bool {
	switch {
	case a.Status != 0:
		return status == a.Status
	case a.Path != "":
		return status >= 200 && status < 400
	}
	return status > 0
}

// Doubts says whether a status is taken, and worth a word all the same.
func (a Answer) Doubts(status int) bool {
	return a.anything() && status >= 500
}

// Wants is which statuses are taken.
func (a Answer) Wants() string {
	switch {
	case a.Status != 0:
		return strconv.Itoa(a.Status)
	case a.Path != "":
		return "200 to 399"
	}
	return "any"
}
