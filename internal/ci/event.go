package ci

import (
	"encoding/json"
	"strconv"
)

// WithEvent adds what GitHub says in a file alone: which repository a pull request
// comes from, and its number where it runs with the rights of its target. read
// gives a file's content. A file that is not there or says nothing adds nothing.
func (o Origin) WithEvent(read func(path string) ([]byte, error)) Origin {
	if o.EventFile == "" || o.Event != PullRequest || read == nil {
		return o
	}
	data, err := read(o.EventFile)
	if err != nil {
		return o
	}
	var event struct {
		PullRequest struct {
			Number uint64 `json:"number"`
			Head   struct {
				Repo struct {
					FullName string `json:"full_name"`
				} `json:"repo"`
			} `json:"head"`
		} `json:"pull_request"`
	}
	if json.Unmarshal(data, &event) != nil {
		return o
	}
	if n := event.PullRequest.Number; n > 0 && o.PullRequest == "" {
		o.PullRequest = strconv.FormatUint(n, 10)
	}
	o.HeadRepository = repository(event.PullRequest.Head.Repo.FullName)
	return o
}
