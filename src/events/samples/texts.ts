import type { NonEmpty } from "./random-choices.ts";

/** What people write in sample events: the staff and customers of an invented bicycle workshop. */
export const customerTexts: NonEmpty<string> = [
  "Is my bike ready to be picked up?",
  "Could you move my appointment to Friday morning?",
  "Thanks, the gears work like new!",
  "Do you have winter tyres in 28 inch?",
  "I am stuck in traffic and will be ten minutes late.",
  "How much is a new chain, fitted?",
  "Yes, Thursday works for me.",
  "My rear light does not switch on any more.",
  "Are you open on Saturday?",
  "Please go ahead with the repair.",
  "I found your receipt, the order number is 4711.",
  "Can my daughter collect it instead of me?",
];

export const workshopTexts: NonEmpty<string> = [
  "Your bike is ready. We are open until six.",
  "Your appointment is tomorrow at nine.",
  "The part has arrived. When would you like to come?",
  "Spring check-up: book before the end of the month.",
  "Your repair takes a day longer, sorry about that.",
  "Thank you for your order. It is on its way.",
];

export const postTexts: NonEmpty<string> = [
  "The new webhook works.",
  "Who has the keys to the back room?",
  "Delivery of the wheels is confirmed for Tuesday.",
  "I have put the roster for next week on the wall.",
  "Can somebody take my shift on Thursday?",
  "The compressor is repaired, go ahead.",
  "Lunch at noon, as always?",
  "A customer praised the fast repair. Well done!",
  "Please count the brake pads before you order more.",
  "The stand at the market was a success: 31 check-ups.",
];

export const teamNames: NonEmpty<string> = [
  "Spring bike repairs",
  "Front desk",
  "Market stand",
  "Stocktaking",
  "Weekend shift",
  "Electric bikes",
];

export const teamDescriptions: NonEmpty<string> = [
  "Who repairs what, and until when",
  "Questions of customers, and who answers them",
  "Everything for the next market day",
  "What is missing, and what is on order",
];

export const webinarTitles: NonEmpty<string> = [
  "How to true a wheel",
  "Brakes that do not squeal",
  "Your first long tour",
  "Looking after an electric bike in winter",
  "Packing for ten days",
];
