package appengine

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// updatable are the fields that callers may change, outputFields those that they may not set.
var (
	updatable    = []string{"authDomain", "databaseType", "defaultCookieExpiration", "dispatchRules", "featureSettings", "iap", "serviceAccount", "servingStatus", "sslPolicy"}
	outputFields = []string{"codeBucket", "defaultBucket", "defaultHostname", "gcrDomain", "generatedCustomerMetadata"}
)

var accountForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)

// checkApplication refuses an account, and rules, that cannot be.
func checkApplication(body document, exists func(service string) bool) error {
	if account, ok := body["serviceAccount"].(string); ok && account != "" && !accountForm.MatchString(account) {
		return invalid("Invalid service account %.200q.", account)
	}
	rules, err := rulesOf(body)
	if err != nil {
		return err
	}
	return checkRules(rules, exists)
}

// newApplication is the application of a project, which answers at host.
func newApplication(project, host string, body document) (document, error) {
	if err := checkApplication(body, func(string) bool { return false }); err != nil {
		return nil, err
	}
	if id, _ := body["id"].(string); id != project {
		return nil, invalid("The application must have the id of its project: %.200q", body["id"])
	}
	location, _ := body["locationId"].(string)
	if location == "" {
		location = "us-central"
	}
	if !available(location) {
		return nil, invalid("Invalid location_id %.200q. See `gcloud app regions list`.", location)
	}
	app := maps.Clone(body)
	maps.DeleteFunc(app, func(name string, _ any) bool { return slices.Contains(outputFields, name) })
	app["name"], app["locationId"], app["servingStatus"], app["defaultHostname"] = "apps/"+project, location, "SERVING", host
	if app["serviceAccount"] == nil {
		app["serviceAccount"] = project + "@appspot.gserviceaccount.com"
	}
	if app["featureSettings"] == nil {
		app["featureSettings"] = document{"splitHealthChecks": true, "useContainerOptimizedOs": true}
	}
	if app["databaseType"] == nil {
		app["databaseType"] = "CLOUD_FIRESTORE"
	}
	repair(project, app)
	return app, nil
}

// repair gives an application what Google makes beside it: its names alone, as
// nothing here is kept in those buckets.
func repair(project string, app document) {
	app["codeBucket"], app["defaultBucket"], app["gcrDomain"] = "staging."+project+".appspot.com", project+".appspot.com", "gcr.io"
	if location, _ := app["locationId"].(string); strings.HasPrefix(location, "europe") {
		app["gcrDomain"] = "eu.gcr.io"
	} else if strings.HasPrefix(location, "asia") || strings.HasPrefix(location, "australia") {
		app["gcrDomain"] = "asia.gcr.io"
	} else if strings.HasPrefix(location, "us") {
		app["gcrDomain"] = "us.gcr.io"
	}
}

// updateApplication changes what the mask names, and gives the changed application.
// gcloud's masks end with a comma.
func updateApplication(app, body document, mask string, exists func(service string) bool) (document, error) {
	if err := checkApplication(body, exists); err != nil {
		return nil, err
	}
	var paths []string
	for _, path := range strings.Split(mask, ",") {
		if path != "" {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, invalid("update_mask must be set.")
	}
	changed := maps.Clone(app)
	for _, path := range paths {
		head, rest, deeper := strings.Cut(jsonName(path), ".")
		if !slices.Contains(updatable, head) || deeper && head != "featureSettings" && head != "iap" {
			return nil, invalid("Invalid field in update_mask: %.200q", path)
		}
		value, to := body[head], head
		into := changed
		if deeper {
			within, _ := value.(document)
			was, _ := changed[head].(document)
			into = maps.Clone(was)
			if into == nil {
				into = document{}
			}
			changed[head], value, to = into, within[rest], rest
		}
		if value == nil {
			delete(into, to)
		} else {
			into[to] = value
		}
	}
	return changed, nil
}

// jsonName is a path of a mask as JSON has it: protos' names are taken too.
func jsonName(path string) string {
	parts := strings.Split(path, "_")
	for i, p := range parts[1:] {
		if p != "" {
			parts[i+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}

// stopped says whether nothing may be deployed to an application.
func stopped(app document) bool {
	s, _ := app["servingStatus"].(string)
	return s == "USER_DISABLED" || s == "SYSTEM_DISABLED"
}

// rulesOf are the dispatch rules of an application.
func rulesOf(app document) (rules []rule, err error) {
	if app["dispatchRules"] == nil {
		return nil, nil
	}
	data, err := json.Marshal(app["dispatchRules"])
	if err == nil {
		err = json.Unmarshal(data, &rules)
	}
	if err != nil {
		return nil, invalid("Invalid value at 'application.dispatch_rules'.")
	}
	for i, r := range rules {
		if r.Domain == "" {
			rules[i].Domain = "*"
		}
	}
	return rules, nil
}
