// Package attack holds the program against its promises by breaking what it stands on:
// it is killed at each call of the system in turn, its disk fails, fills up or loses
// power, and its publishers misbehave, by schedules that are drawn at random; readers
// hold, flood and deceive it while others read.
//
// There is nothing here but tests. They run the program as it is shipped, as a process
// of its own, and judge it by what it acknowledged: see oracle. Each kind of attack has a
// control, which must fail, so that it is known to be able to.
//
// By default each attack is short. SLUICE_ATTACKS=N makes it N times as long, and
// SLUICE_SEED repeats a schedule.
package attack
