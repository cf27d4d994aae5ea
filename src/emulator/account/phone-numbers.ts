import type { Backend, Call } from "../backend.ts";
import type { PhoneNumberSettings } from "../settings.ts";
import { accountOf, type User } from "../sign-in/users.ts";
import { answerPage, valuesIn } from "./paging.ts";
import { accountUri, namedExtension, readerOf } from "./reader.ts";

/** All numbers of the account (listAccountPhoneNumbers: Heavy, ReadAccounts, ReadCompanyPhoneNumbers). */
export function listAccountNumbers(call: Call, backend: Backend): Response {
  const reader = readerOf(call, backend, "ReadCompanyPhoneNumbers");
  const account = accountUri(call, reader);
  const status = valuesIn(call, "extensionStatus");
  const numbers = accountOf(reader, backend.settings.users)
    .filter((user) => status?.includes(user.status) ?? true)
    .flatMap(numbersOf);
  const records = asked(call, numbers).map(({ owner, features: _, ...number }) => ({
    uri: `${account}/phone-number/${number.id}`,
    ...number,
    ...(isDirect(number) && { extension: extensionInfo(owner, account) }),
  }));
  return answerPage(call, `${account}/phone-number`, records);
}

/**
 * An extension's numbers, "plus the features and company-level numbers that may be used" on its behalf
 * (listExtensionPhoneNumbers: Light, ReadAccounts, ReadUserPhoneNumbers).
 */
export function listExtensionNumbers(call: Call, backend: Backend): Response {
  const reader = readerOf(call, backend, "ReadUserPhoneNumbers");
  const { settings } = backend;
  const user = namedExtension(call, reader, settings);
  const own = `${accountUri(call, reader)}/extension/${user.extensionId}/phone-number`;
  const numbers = accountOf(reader, settings.users)
    .flatMap(numbersOf)
    .filter((each) => each.owner.number === user.number || !isDirect(each));
  const records = asked(call, numbers).map(({ owner: _, ...number }) => ({
    uri: `${own}/${number.id}`,
    ...number,
  }));
  return answerPage(call, own, records);
}

function asked(call: Call, numbers: readonly PhoneNumber[]): readonly PhoneNumber[] {
  const usages = valuesIn(call, "usageType");
  const statuses = valuesIn(call, "status");
  return numbers.filter(
    ({ usageType, status }) =>
      (usages?.includes(usageType) ?? true) && (statuses?.includes(status) ?? true),
  );
}

interface PhoneNumber extends Required<PhoneNumberSettings> {
  readonly id: number;
  readonly type: string;
  readonly status: string;
  readonly paymentType: string;
  readonly owner: User;
}

function numbersOf(owner: User): readonly PhoneNumber[] {
  const { number, type, phoneNumbers } = owner;
  const usual: readonly PhoneNumberSettings[] =
    type === "User" ? [{ phoneNumber: `+1${firstNumber + number}` }] : [];
  return (phoneNumbers ?? usual).map(({ phoneNumber, usageType = direct, features }, index) => ({
    id: firstId + number * 100 + index,
    phoneNumber,
    paymentType: "Local",
    type: "VoiceFax",
    usageType,
    status: "Normal",
    features:
      features ?? (usageType === direct ? ["CallerId", "SmsSender", "MmsSender"] : ["CallerId"]),
    owner,
  }));
}

function isDirect({ usageType }: Pick<PhoneNumber, "usageType">): boolean {
  return usageType === direct;
}

function extensionInfo({ extensionId, extensionNumber, name, type }: User, account: string) {
  const uri = `${account}/extension/${extensionId}`;
  return { id: extensionId, uri, extensionNumber, name, type };
}

const direct = "DirectNumber";
const firstNumber = 2_055_550_100;
const firstId = 10_000_000_000;
