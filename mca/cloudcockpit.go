package mca

import "strings"

// cloudCockpit are CloudCockpit's words for the states, in the letter case in
// which its filters take them. It has none for Unknown.
var cloudCockpit = map[State]string{
	Required:               "required",
	Pending:                "linkgenerated",
	ReadyToCreateAgreement: "customeraccepted",
	LinkExpired:            "linkexpired",
	Compliant:              "agreementcreated",
}

// FromCloudCockpit returns the state that a word of CloudCockpit stands for, in
// any letter case, and Unknown for any other text.
//
// Source: https://developer.cloudcockpit.com
func FromCloudCockpit(word string) State {
	for state, known := range cloudCockpit {
		if strings.EqualFold(known, strings.TrimSpace(word)) {
			return state
		}
	}
	return Unknown
}

// CloudCockpit returns CloudCockpit's word for the state, in any letter case of
// ours, and "" for Unknown and other texts.
func (s State) CloudCockpit() string { return cloudCockpit[State(strings.ToLower(string(s)))] }
