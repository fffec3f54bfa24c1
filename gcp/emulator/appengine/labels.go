package appengine

import (
	"regexp"
	"strings"
	"sync"
)

// Labels as the API's reference of Service has them.
const mostLabels = 32

var (
	labelKey   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$`) })
	labelValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`) })
)

// labelsOf are the labels that a service is given, all of them.
func labelsOf(given any) (document, error) {
	labels, _ := given.(document)
	if len(labels) > mostLabels {
		return nil, invalid("A service can have at most %d labels.", mostLabels)
	}
	for key, value := range labels {
		if text, ok := value.(string); !ok || !labelKey().MatchString(key) || !labelValue().MatchString(text) {
			return nil, invalid("Invalid label %.200q: %.200q", key, value)
		}
	}
	return labels, nil
}

// set changes the split or the labels of a service, or both, or neither.
func (v *service) set(mask string, body document) error {
	split, labels := v.Service["split"], v.Service["labels"]
	for field := range strings.SplitSeq(mask, ",") {
		var err error
		if field == "labels" {
			labels, err = labelsOf(body["labels"])
		} else {
			split, err = splitOf(v, body["split"])
		}
		if err != nil {
			return err
		}
	}
	v.Service["split"] = split
	if v.Service["labels"] = labels; labels == nil || len(labels.(document)) == 0 {
		delete(v.Service, "labels")
	}
	return nil
}
